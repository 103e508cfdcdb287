import Pages
import Programs

/// Every page is read into a tree whose nodes hang together, and no deeper than it may be.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    guard let tree = try? HTMLTree(reading: Array(UnsafeBufferPointer(start: data, count: size))) else {
        return 0
    }
    var depth = 0
    var visited = 0
    var next = tree.next(after: HTMLTree.document, below: HTMLTree.document)
    while let (node, step) = next {
        depth += step
        visited += 1
        precondition(depth <= HTMLTree.depthLimit && visited < tree.nodes.count)
        // Their places are looked up, which ends the process where they are none.
        for attribute in tree.attributes(of: node) { _ = tree.value(of: attribute) }
        _ = tree.text(of: node)
        next = tree.next(after: node, below: HTMLTree.document)
    }
    return 0
}

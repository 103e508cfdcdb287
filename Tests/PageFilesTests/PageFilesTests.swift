import Foundation
import PageFiles
import Testing

@Suite(.timeLimit(.minutes(1))) struct PageFilesTests {
    @Test func theProgramHoldsEachFileOfThePage() throws {
        var count = 0
        let held = UnsafeBufferPointer(start: page_files(&count), count: count)
        let folder = URL(fileURLWithPath: #filePath)
            .appendingPathComponent("../../../Sources/AutoServer/Page").standardized
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.sorted() == held.map { String(cString: $0.name) }.sorted())
        for file in held {
            let name = String(cString: file.name)
            let bytes = try [UInt8](Data(contentsOf: folder.appendingPathComponent(name)))
            let isSame = bytes.elementsEqual(UnsafeBufferPointer(start: file.bytes, count: file.count))
            #expect(isSame, "\(name) is another one in the program")
        }
    }
}

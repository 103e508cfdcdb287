import Diagnostics

/// Paths and `file:` URIs.
enum Paths {
    static func path(ofURI uri: String) -> String {
        guard uri.hasPrefix("file://") else { return uri }
        var bytes: [UInt8] = []
        var rest = Array(uri.utf8.dropFirst(7))[...]
        if let slash = rest.firstIndex(of: UInt8(ascii: "/")) { rest = rest[slash...] }
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func uri(ofPath path: String) -> String {
        "file://" + percentEncoded(path, keepsSlashes: true)
    }
}

/// A kind of file that is no text, known by the bytes at its beginning or by its content type.
package struct FileSignature: Sendable {
    /// What such a file is called, with its article, such as `a PDF`.
    package let name: String
    /// Its content type.
    package let type: String

    package init(name: String, type: String) {
        self.name = name
        self.type = type
    }

    /// What the bytes are by themselves; nil for what may be text.
    package static func of(_ bytes: [UInt8]) -> FileSignature? {
        if bytes.starts(with: Array("RIFF".utf8)), bytes.count >= 12 {
            switch String(decoding: bytes[8..<12], as: UTF8.self) {
            case "WEBP": return FileSignature(name: "a WebP image", type: "image/webp")
            case "WAVE": return FileSignature(name: "a WAV sound", type: "audio/wav")
            case "AVI ": return FileSignature(name: "an AVI video", type: "video/avi")
            default: return nil
            }
        }
        if bytes.dropFirst(4).starts(with: Array("ftyp".utf8)) { return media(bytes) }
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return zip(bytes) }
        // By two letters a text may begin, too; a picture has zeros behind them.
        if bytes.starts(with: Array("BM".utf8)), bytes.dropFirst(6).starts(with: [0, 0, 0, 0]) {
            return FileSignature(name: "a BMP image", type: "image/bmp")
        }
        if bytes.starts(with: Array("MZ".utf8)), bytes.prefix(64).contains(0) {
            return FileSignature(name: "a program for Windows", type: "application/x-msdownload")
        }
        if bytes.starts(with: Array("BZh".utf8)), bytes.dropFirst(4).starts(with: Array("1AY&SY".utf8)) {
            return FileSignature(name: "a bzip2 archive", type: "application/x-bzip2")
        }
        // In a tape archive the word stands behind the name of the first file.
        if bytes.dropFirst(257).starts(with: Array("ustar".utf8)) {
            return FileSignature(name: "a tar archive", type: "application/x-tar")
        }
        return table.first { bytes.starts(with: $0.beginning) }.map {
            FileSignature(name: $0.name, type: $0.type)
        }
    }

    /// What a content type names; nil for one that may be text.
    package static func ofType(_ type: String) -> FileSignature? {
        if let known = table.first(where: { $0.type == type }) {
            return FileSignature(name: known.name, type: type)
        }
        let office = ["msword", "ms-excel", "ms-powerpoint", "officedocument", "opendocument"]
        if office.contains(where: type.contains) {
            return FileSignature(name: "an office document", type: type)
        }
        switch type.prefix(while: { $0 != "/" }) {
        case "image": return FileSignature(name: "an image", type: type)
        case "audio": return FileSignature(name: "a sound", type: type)
        case "video": return FileSignature(name: "a video", type: type)
        case "font": return FileSignature(name: "a font", type: type)
        default: return nil
        }
    }

    private static func media(_ bytes: [UInt8]) -> FileSignature {
        switch String(decoding: bytes.dropFirst(8).prefix(4), as: UTF8.self) {
        case "avif", "avis": FileSignature(name: "an AVIF image", type: "image/avif")
        case "heic", "heix", "mif1": FileSignature(name: "a HEIC image", type: "image/heic")
        case "M4A ": FileSignature(name: "an M4A sound", type: "audio/mp4")
        default: FileSignature(name: "an MP4 video", type: "video/mp4")
        }
    }

    /// Office documents and books are zip archives; the name of the first file in them tells which.
    private static func zip(_ bytes: [UInt8]) -> FileSignature {
        let names = bytes.dropFirst(30).prefix(256)
        func holds(_ word: String) -> Bool { names.firstIndex(ofASCII: Array(word.utf8)) != nil }
        if holds("epub+zip") { return FileSignature(name: "an EPUB book", type: "application/epub+zip") }
        if holds("opendocument") {
            return FileSignature(name: "an OpenDocument file", type: "application/vnd.oasis.opendocument")
        }
        if holds("[content_types].xml") || holds("_rels/") || holds("word/") || holds("xl/") || holds("ppt/")
        {
            return FileSignature(
                name: "an office document", type: "application/vnd.openxmlformats-officedocument")
        }
        return FileSignature(name: "a zip archive", type: "application/zip")
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static let table: [(beginning: [UInt8], name: String, type: String)] = [
        (bytes("%PDF-"), "a PDF", "application/pdf"),
        (bytes("%!PS-Adobe"), "a PostScript file", "application/postscript"),
        (bytes("{\\rtf1"), "an RTF document", "application/rtf"),
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "a PNG image", "image/png"),
        ([0xFF, 0xD8, 0xFF], "a JPEG image", "image/jpeg"),
        (bytes("GIF87a"), "a GIF image", "image/gif"),
        (bytes("GIF89a"), "a GIF image", "image/gif"),
        ([0x49, 0x49, 0x2A, 0x00], "a TIFF image", "image/tiff"),
        ([0x4D, 0x4D, 0x00, 0x2A], "a TIFF image", "image/tiff"),
        ([0x00, 0x00, 0x01, 0x00], "an icon", "image/x-icon"),
        (bytes("8BPS\0"), "a Photoshop image", "image/vnd.adobe.photoshop"),
        ([0x1F, 0x8B, 0x08], "a gzip archive", "application/gzip"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "an xz archive", "application/x-xz"),
        ([0x28, 0xB5, 0x2F, 0xFD], "a zstd archive", "application/zstd"),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive", "application/x-7z-compressed"),
        (bytes("Rar!\u{1A}\u{07}"), "a RAR archive", "application/vnd.rar"),
        ([0x50, 0x4B, 0x05, 0x06], "an empty zip archive", "application/zip"),
        (
            [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], "an office document",
            "application/x-ole-storage"
        ),
        (bytes("ID3\u{03}"), "an MP3 sound", "audio/mpeg"),
        (bytes("ID3\u{04}"), "an MP3 sound", "audio/mpeg"),
        ([0xFF, 0xFB, 0x90], "an MP3 sound", "audio/mpeg"),
        (bytes("OggS\0"), "an Ogg sound or video", "application/ogg"),
        (bytes("fLaC\0"), "a FLAC sound", "audio/flac"),
        (bytes("MThd\0\0\0\u{06}"), "a MIDI file", "audio/midi"),
        ([0x1A, 0x45, 0xDF, 0xA3], "a WebM or Matroska video", "video/webm"),
        ([0x00, 0x00, 0x01, 0xBA], "an MPEG video", "video/mpeg"),
        (bytes("FLV\u{01}"), "a Flash video", "video/x-flv"),
        (bytes("wOFF\0\u{01}\0\0"), "a font", "font/woff"),
        (bytes("wOFFOTTO"), "a font", "font/woff"),
        (bytes("wOF2\0\u{01}\0\0"), "a font", "font/woff2"),
        (bytes("wOF2OTTO"), "a font", "font/woff2"),
        (bytes("OTTO\0"), "a font", "font/otf"),
        ([0x00, 0x01, 0x00, 0x00, 0x00], "a font", "font/ttf"),
        ([0x7F, 0x45, 0x4C, 0x46], "a program for Linux", "application/x-elf"),
        ([0xCF, 0xFA, 0xED, 0xFE], "a program for macOS", "application/x-mach-binary"),
        (bytes("\0asm"), "a WebAssembly program", "application/wasm"),
        (bytes("SQLite format 3\0"), "an SQLite database", "application/vnd.sqlite3"),
    ]
}

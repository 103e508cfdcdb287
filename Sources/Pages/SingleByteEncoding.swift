/// A character set of the Encoding Standard in which each byte is one character.
///
/// The tables are the Standard's own indexes: what the C libraries bring along differs between machines,
/// stands in files that a sealed worker cannot open, and loses text at bytes that stand for nothing.
struct SingleByteEncoding {
    private let name: Name

    /// - Parameter label: a name of the Encoding Standard, in any case; nil for another one.
    init?(label: String) {
        guard let name = Name(label: label.lowercased()) else { return nil }
        self.name = name
    }

    /// The bytes as UTF-8; those that stand for nothing become U+FFFD.
    func decode(_ bytes: [UInt8]) -> [UInt8] {
        let upperHalf = name.upperHalf
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count + bytes.count / 2)
        for byte in bytes {
            guard byte >= 0x80 else {
                text.append(byte)
                continue
            }
            let code = upperHalf[Int(byte) - 0x80]
            if code < 0x800 {
                text.append(UInt8(truncatingIfNeeded: 0xC0 | code >> 6))
            } else {
                text.append(UInt8(truncatingIfNeeded: 0xE0 | code >> 12))
                text.append(UInt8(truncatingIfNeeded: 0x80 | (code >> 6 & 0x3F)))
            }
            text.append(UInt8(truncatingIfNeeded: 0x80 | (code & 0x3F)))
        }
        return text
    }
}

extension SingleByteEncoding {
    private enum Name {
        case ibm866
        case iso8859Part2
        case iso8859Part3
        case iso8859Part4
        case iso8859Part5
        case iso8859Part6
        case iso8859Part7
        case iso8859Part8
        case iso8859Part10
        case iso8859Part13
        case iso8859Part14
        case iso8859Part15
        case iso8859Part16
        case koi8r
        case koi8u
        case macintosh
        case windows874
        case windows1250
        case windows1251
        case windows1252
        case windows1253
        case windows1254
        case windows1255
        case windows1256
        case windows1257
        case windows1258
        case macCyrillic

        init?(label: String) {
            switch label {
            case "866", "cp866", "csibm866", "ibm866":
                self = .ibm866
            case "csisolatin2", "iso-8859-2", "iso-ir-101", "iso8859-2", "iso88592", "iso_8859-2",
                "iso_8859-2:1987", "l2", "latin2":
                self = .iso8859Part2
            case "csisolatin3", "iso-8859-3", "iso-ir-109", "iso8859-3", "iso88593", "iso_8859-3",
                "iso_8859-3:1988", "l3", "latin3":
                self = .iso8859Part3
            case "csisolatin4", "iso-8859-4", "iso-ir-110", "iso8859-4", "iso88594", "iso_8859-4",
                "iso_8859-4:1988", "l4", "latin4":
                self = .iso8859Part4
            case "csisolatincyrillic", "cyrillic", "iso-8859-5", "iso-ir-144", "iso8859-5", "iso88595",
                "iso_8859-5", "iso_8859-5:1988":
                self = .iso8859Part5
            case "arabic", "asmo-708", "csiso88596e", "csiso88596i", "csisolatinarabic", "ecma-114",
                "iso-8859-6", "iso-8859-6-e", "iso-8859-6-i", "iso-ir-127", "iso8859-6", "iso88596",
                "iso_8859-6", "iso_8859-6:1987":
                self = .iso8859Part6
            case "csisolatingreek", "ecma-118", "elot_928", "greek", "greek8", "iso-8859-7",
                "iso-ir-126", "iso8859-7", "iso88597", "iso_8859-7", "iso_8859-7:1987", "sun_eu_greek":
                self = .iso8859Part7
            case "csiso88598e", "csisolatinhebrew", "hebrew", "iso-8859-8", "iso-8859-8-e",
                "iso-ir-138", "iso8859-8", "iso88598", "iso_8859-8", "iso_8859-8:1988", "visual",
                "csiso88598i", "iso-8859-8-i", "logical":
                self = .iso8859Part8
            case "csisolatin6", "iso-8859-10", "iso-ir-157", "iso8859-10", "iso885910", "l6", "latin6":
                self = .iso8859Part10
            case "iso-8859-13", "iso8859-13", "iso885913":
                self = .iso8859Part13
            case "iso-8859-14", "iso8859-14", "iso885914":
                self = .iso8859Part14
            case "csisolatin9", "iso-8859-15", "iso8859-15", "iso885915", "iso_8859-15", "l9":
                self = .iso8859Part15
            case "iso-8859-16":
                self = .iso8859Part16
            case "cskoi8r", "koi", "koi8", "koi8-r", "koi8_r":
                self = .koi8r
            case "koi8-ru", "koi8-u":
                self = .koi8u
            case "csmacintosh", "mac", "macintosh", "x-mac-roman":
                self = .macintosh
            case "dos-874", "iso-8859-11", "iso8859-11", "iso885911", "tis-620", "windows-874":
                self = .windows874
            case "cp1250", "windows-1250", "x-cp1250":
                self = .windows1250
            case "cp1251", "windows-1251", "x-cp1251":
                self = .windows1251
            case "ansi_x3.4-1968", "ascii", "cp1252", "cp819", "csisolatin1", "ibm819", "iso-8859-1",
                "iso-ir-100", "iso8859-1", "iso88591", "iso_8859-1", "iso_8859-1:1987", "l1", "latin1",
                "us-ascii", "windows-1252", "x-cp1252":
                self = .windows1252
            case "cp1253", "windows-1253", "x-cp1253":
                self = .windows1253
            case "cp1254", "csisolatin5", "iso-8859-9", "iso-ir-148", "iso8859-9", "iso88599",
                "iso_8859-9", "iso_8859-9:1989", "l5", "latin5", "windows-1254", "x-cp1254":
                self = .windows1254
            case "cp1255", "windows-1255", "x-cp1255":
                self = .windows1255
            case "cp1256", "windows-1256", "x-cp1256":
                self = .windows1256
            case "cp1257", "windows-1257", "x-cp1257":
                self = .windows1257
            case "cp1258", "windows-1258", "x-cp1258":
                self = .windows1258
            case "x-mac-cyrillic", "x-mac-ukrainian":
                self = .macCyrillic
            default: return nil
            }
        }

        /// The characters of the bytes from 0x80 on.
        var upperHalf: [UInt16] {
            switch self {
            case .ibm866: SingleByteEncoding.ibm866
            case .iso8859Part2: SingleByteEncoding.iso8859Part2
            case .iso8859Part3: SingleByteEncoding.iso8859Part3
            case .iso8859Part4: SingleByteEncoding.iso8859Part4
            case .iso8859Part5: SingleByteEncoding.iso8859Part5
            case .iso8859Part6: SingleByteEncoding.iso8859Part6
            case .iso8859Part7: SingleByteEncoding.iso8859Part7
            case .iso8859Part8: SingleByteEncoding.iso8859Part8
            case .iso8859Part10: SingleByteEncoding.iso8859Part10
            case .iso8859Part13: SingleByteEncoding.iso8859Part13
            case .iso8859Part14: SingleByteEncoding.iso8859Part14
            case .iso8859Part15: SingleByteEncoding.iso8859Part15
            case .iso8859Part16: SingleByteEncoding.iso8859Part16
            case .koi8r: SingleByteEncoding.koi8r
            case .koi8u: SingleByteEncoding.koi8u
            case .macintosh: SingleByteEncoding.macintosh
            case .windows874: SingleByteEncoding.windows874
            case .windows1250: SingleByteEncoding.windows1250
            case .windows1251: SingleByteEncoding.windows1251
            case .windows1252: SingleByteEncoding.windows1252
            case .windows1253: SingleByteEncoding.windows1253
            case .windows1254: SingleByteEncoding.windows1254
            case .windows1255: SingleByteEncoding.windows1255
            case .windows1256: SingleByteEncoding.windows1256
            case .windows1257: SingleByteEncoding.windows1257
            case .windows1258: SingleByteEncoding.windows1258
            case .macCyrillic: SingleByteEncoding.macCyrillic
            }
        }
    }
}

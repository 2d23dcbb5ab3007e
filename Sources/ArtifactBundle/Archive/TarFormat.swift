import CArchive

/// What every entry of a bundle has in common, and libarchive's constants that are not imported.
enum TarFormat {
    /// 1980-01-01T00:00:00Z: fixed, so that equal contents give equal bytes, and no tool calls it implausible.
    static let modificationTime = 315_532_800
    static let permissions: UInt32 = 0o644
    static let regularFile: UInt32 = 0o100000

    /// What libarchive writes in front of a gzip member without a time: method, flags, time, extra flags, system (RFC 1952).
    static let gzipHeader: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    static let gzipMagic: [UInt8] = [0x1F, 0x8B]
    static let zstdMagic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

    /// The bytes that are moved at once.
    static let blockBytes = 128 << 10

    static func errorText(_ archive: OpaquePointer) -> String {
        guard let text = archive_error_string(archive) else { return "no reason given by libarchive" }
        return String(cString: text)
    }
}

import CZlib
import Foundation

@testable import ArtifactBundle

/// A tar built byte by byte, so that a test can make archives that no honest writer makes.
struct TarFixture {
    struct Entry {
        var name: String
        var type: Character = "0"
        var link = ""
        var bytes: [UInt8] = []
        var declaredSize: Int?
        var mode = "0000644"
        var seconds = TarFormat.modificationTime
    }

    var entries: [Entry]

    init(_ entries: [Entry]) { self.entries = entries }

    /// A bundle with a true manifest over `listed`, followed by `entries`.
    init(listed: [BundleEntry], _ entries: [Entry]) throws {
        let manifest = try BundleManifest(
            runID: "run", environment: "test", renderer: sampleRenderer, entries: listed
        ).sealed()
        self.entries = [Entry(name: "manifest.json", bytes: try manifest.encoded())] + entries
    }

    var tar: [UInt8] {
        var tar: [UInt8] = []
        for entry in entries {
            tar += Self.header(entry)
            tar += entry.bytes
            tar += [UInt8](repeating: 0, count: (512 - entry.bytes.count % 512) % 512)
        }
        return tar + [UInt8](repeating: 0, count: 1024)
    }

    /// The tar in a gzip member of stored blocks, with the header that libarchive writes.
    var gzip: [UInt8] { Self.gzip(tar) }

    static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var result = TarFormat.gzipHeader
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(0xFFFF)
            rest = rest.dropFirst(block.count)
            let count = UInt16(block.count)
            result.append(rest.isEmpty ? 1 : 0)
            result += [UInt8(count & 0xFF), UInt8(count >> 8), UInt8(~count & 0xFF), UInt8(~count >> 8)]
            result += block
        } while !rest.isEmpty
        let checksum = UInt32(crc32(0, bytes, UInt32(bytes.count)))
        for number in [checksum, UInt32(bytes.count)] {
            result += (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        }
        return result
    }

    private static func header(_ entry: Entry) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        put(entry.name, at: 0)
        put(entry.mode, at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(octal(entry.declaredSize ?? entry.bytes.count, 11), at: 124)
        put(octal(entry.seconds, 11), at: 136)
        put("        ", at: 148)
        put(String(entry.type), at: 156)
        put(entry.link, at: 157)
        put("ustar\u{0}00", at: 257)
        let sum = header.reduce(0) { $0 + Int($1) }
        put(octal(sum, 6) + "\u{0} ", at: 148)
        return header
    }

    private static func octal(_ number: Int, _ width: Int) -> String {
        let digits = String(number, radix: 8)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

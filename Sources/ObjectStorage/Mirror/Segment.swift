import Formats
import Foundation

/// A piece of an append-only file as an object: a line of JSON that says which piece it is, then the bytes.
///
/// The objects of a file are numbered from 1 without gaps, and each is written only where none is. So two processes that both
/// go on writing the file meet at the first number that both want, and only one of them gets it.
struct Segment: Hashable, Sendable {
    struct Header: Hashable, Sendable, Codable {
        /// Counted from 1.
        var seq: Int
        /// Of the lock's owner that wrote it.
        var generation: Int
        /// Where the bytes stand in the file.
        var offset: Int
        var length: Int
        var sha256: String
        /// The file was removed: what the earlier segments say counts no more, and a new file begins.
        var isEnd: Bool?
    }

    var header: Header
    var bytes: [UInt8]

    static let nameLength = 8

    init(seq: Int, generation: Int, offset: Int, bytes: [UInt8], isEnd: Bool = false) {
        self.bytes = bytes
        header = Header(
            seq: seq, generation: generation, offset: offset, length: bytes.count,
            sha256: Digest.sha256Hex(of: bytes), isEnd: isEnd ? true : nil)
    }

    /// - Throws: ``ObjectStoreError`` `damaged` for bytes that are not the whole segment of that number.
    init(_ object: [UInt8], seq: Int, key: String) throws(ObjectStoreError) {
        guard let end = object.firstIndex(of: UInt8(ascii: "\n")),
            let header = try? JSON.decode(Header.self, from: Data(object[..<end]))
        else { throw ObjectStoreError(.damaged, "the segment \(key) is damaged: it does not begin with its header") }
        let bytes = Array(object[(end + 1)...])
        guard header.seq == seq, header.length == bytes.count, header.sha256 == Digest.sha256Hex(of: bytes) else {
            throw ObjectStoreError(
                .damaged,
                "the segment \(key) is damaged: expected number \(seq) and \(header.length) bytes with SHA-256 "
                    + "\(header.sha256), got number \(header.seq) and \(bytes.count) bytes with \(Digest.sha256Hex(of: bytes))"
            )
        }
        self.header = header
        self.bytes = bytes
    }

    func object() throws(ObjectStoreError) -> [UInt8] {
        guard let line = try? JSON.data(header) else {
            throw ObjectStoreError(.damaged, "a segment's header cannot be written as JSON")
        }
        return [UInt8](line) + [UInt8(ascii: "\n")] + bytes
    }

    static func name(_ seq: Int) -> String {
        let digits = String(seq)
        return String(repeating: "0", count: max(0, nameLength - digits.count)) + digits
    }
}

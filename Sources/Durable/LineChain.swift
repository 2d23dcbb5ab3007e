import Formats
import Glibc

/// The format of an append-only file in which a changed, lost, added or reordered line shows: one JSON object a line, closed by
/// a checksum that also covers the line before.
///
/// A line is `{…,"sum":"…"}`. The sum is the first 32 hexadecimal digits of the SHA-256 of the sum of the line before (empty for
/// the first) followed by the line without its sum. The newline is the last byte that is written, so only what comes after the
/// last newline can be torn.
///
/// The value is a position in such a file: the lines up to there, and what the next one must follow.
public struct LineChain: Hashable, Sendable {
    /// Whole lines so far.
    public private(set) var count = 0
    /// Their length in bytes.
    public private(set) var length = 0
    private(set) var lastSum = ""

    private static let sumLength = 32
    private static let tailStart = Array(",\"sum\":\"".utf8)
    private static let tailLength = tailStart.count + sumLength + 2
    private static let newline = UInt8(ascii: "\n")

    public init() {}

    /// The line that would come next.
    ///
    /// - Parameter body: a JSON object with at least one key, on one line.
    /// - Returns: its bytes with the newline, and the position behind it.
    public func line(_ body: some Collection<UInt8>) -> (bytes: [UInt8], next: LineChain) {
        let sum = checksum(of: body)
        let bytes = body.dropLast() + Self.tailStart + Array(sum.utf8) + [UInt8(ascii: "\""), UInt8(ascii: "}")]
        return (bytes + [Self.newline], following(lineOfLength: bytes.count + 1, sum))
    }

    /// Reads the lines that follow and moves behind the last whole one.
    ///
    /// - Parameters:
    ///   - isEnd: nothing comes after the bytes, so what is left behind their last newline is the end of the file.
    ///   - take: gets each line without its sum, as a JSON object. It throws ``LineDamage`` for what is not its kind of object.
    /// - Returns: how many bytes were read; the rest is a line without its end.
    /// - Throws: ``LineDamage`` for a line that does not fit; the position is then the one before it.
    @discardableResult
    public mutating func read(
        _ bytes: ArraySlice<UInt8>, isEnd: Bool, _ take: (_ body: [UInt8]) throws(LineDamage) -> Void
    ) throws(LineDamage) -> Int {
        var rest = bytes
        while let end = Self.newline(in: rest) {
            guard let (body, sum) = parts(of: rest[..<end]) else { throw damage }
            try take(body)
            self = following(lineOfLength: end - rest.startIndex + 1, sum)
            rest = rest[(end + 1)...]
        }
        // A whole line with something else where its newline belongs was not torn: nothing is written there after it.
        if isEnd, parts(of: rest.dropLast()) != nil { throw damage }
        return rest.startIndex - bytes.startIndex
    }

    /// Where the next newline is; the C library looks much faster than a loop of ours.
    static func newline(in bytes: ArraySlice<UInt8>) -> Int? {
        bytes.withUnsafeBytes { buffer -> Int? in
            guard let base = buffer.baseAddress, let found = memchr(base, Int32(newline), buffer.count) else {
                return nil
            }
            return bytes.startIndex + (UnsafeRawPointer(found) - base)
        }
    }

    /// The line that would come next is not what was written.
    var damage: LineDamage { LineDamage(line: count + 1) }

    private func following(lineOfLength lineLength: Int, _ sum: String) -> LineChain {
        var next = self
        next.count += 1
        next.length += lineLength
        next.lastSum = sum
        return next
    }

    private func parts(of line: ArraySlice<UInt8>) -> (body: [UInt8], sum: String)? {
        guard line.count > Self.tailLength else { return nil }
        let tail = line.suffix(Self.tailLength)
        guard tail.starts(with: Self.tailStart), tail.suffix(2).elementsEqual(#""}"#.utf8) else { return nil }
        let sum = String(decoding: tail.dropFirst(Self.tailStart.count).prefix(Self.sumLength), as: UTF8.self)
        let body = Array(line.dropLast(Self.tailLength)) + [UInt8(ascii: "}")]
        return checksum(of: body) == sum ? (body, sum) : nil
    }

    private func checksum(of body: some Sequence<UInt8>) -> String {
        String(Digest.sha256Hex(of: Array(lastSum.utf8) + body).prefix(Self.sumLength))
    }
}

/// A whole line does not fit its checksum, its number or its schema.
public struct LineDamage: Error, Hashable, Sendable {
    /// Counted from 1.
    public let line: Int
    /// What is too much of in a line that is sound, but asks more of its reader than it gives; nil for damage.
    public let excess: String?

    public init(line: Int, excess: String? = nil) {
        self.line = line
        self.excess = excess
    }
}

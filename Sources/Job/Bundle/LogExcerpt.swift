import Durable
import Formats
import Foundation
import Secrets

/// What of a long log goes into the bundle of a run that a signal stopped: its beginning and its end, and between them a line that says how
/// much is left out.
///
/// Whoever sends SIGTERM kills half a minute later, and searching a log for secrets, packing it and reading it again takes a multiple
/// of that when it is long. The log itself stays in the run's directory as it is; a run that goes on has all of it in its bundle.
struct LogExcerpt {
    /// The most that an excerpt holds, in bytes; a log up to this length is no long one.
    static let limit = 8 << 20

    let log: URL
    let limit: Int

    /// What is known of an excerpt that was written.
    struct Cut: Hashable {
        /// Bytes of the log, and those of them that are left out.
        let whole: Int
        let leftOut: Int

        var description: String {
            "\(Self.size(leftOut)) of \(Self.size(whole)) are left out of the bundle, because the run was stopped and its log is long; "
                + "the run's state has them, in S3 as far as the time was enough to send them"
        }

        private static func size(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
    }

    /// Writes the excerpt of a long log, in whole lines.
    ///
    /// - Parameter mark: makes the line that stands where something is left out.
    /// - Returns: nil for a log that is short enough to be kept whole, of which nothing is written.
    /// - Throws: ``StateError`` when the log cannot be read or the excerpt not be written.
    func write(to url: URL, mark: (Cut) -> RedactedBytes) throws(StateError) -> Cut? {
        do {
            let source = try FileHandle(forReadingFrom: log)
            defer { try? source.close() }
            let whole = Int(try source.seekToEnd())
            guard whole > limit else { return nil }
            let head = Self.wholeLines(atFrontOf: try Self.read(0..<(limit / 4), of: source))
            let tail = Self.wholeLines(atEndOf: try Self.read((whole - limit * 3 / 4)..<whole, of: source))
            let cut = Cut(whole: whole, leftOut: whole - head.count - tail.count)
            try PrivateFile.makeDirectory(url.deletingLastPathComponent().path)
            // The log was redacted line by line.
            try DurableFile.write(
                mark(cut).formatted { Array(head) + $0 + [UInt8(ascii: "\n")] + Array(tail) }, to: url)
            return cut
        } catch let error as DurableFile.WriteError {
            throw .unusable(path: error.path, reason: "it cannot be written: \(error.reason)")
        } catch {
            throw .unusable(path: log.path, reason: "an excerpt of it cannot be made: \(error.localizedDescription)")
        }
    }

    private static func read(_ range: Range<Int>, of file: FileHandle) throws -> Data {
        try file.seek(toOffset: UInt64(range.lowerBound))
        return try file.read(upToCount: range.count) ?? Data()
    }

    private static func wholeLines(atFrontOf bytes: Data) -> Data {
        bytes.lastIndex(of: UInt8(ascii: "\n")).map { bytes[...$0] } ?? Data()
    }

    private static func wholeLines(atEndOf bytes: Data) -> Data {
        bytes.firstIndex(of: UInt8(ascii: "\n")).map { bytes[($0 + 1)...] } ?? Data()
    }
}

extension RunDirectory {
    /// Excerpts of long logs, by the path that they have in the bundle.
    private var excerpts: URL { url.appending(path: "excerpts") }

    /// Where the bytes are that a bundle has under a path.
    func bundled(_ path: String) -> URL {
        let excerpt = excerpts.appending(path: path)
        return FileManager.default.fileExists(atPath: excerpt.path) ? excerpt : url.appending(path: path)
    }

    /// Takes excerpts of the long logs, for a bundle that has to be there in seconds.
    ///
    /// - Returns: what was left out, by the path of the log.
    func takeExcerpts(
        limit: Int = LogExcerpt.limit, redactor: Redactor, now: Date
    ) throws(StateError) -> [String: LogExcerpt.Cut] {
        var cuts: [String: LogExcerpt.Cut] = [:]
        for path in [Self.logName, Self.guardianLogName] {
            let log = url.appending(path: path)
            guard FileManager.default.fileExists(atPath: log.path) else { continue }
            cuts[path] = try LogExcerpt(log: log, limit: limit).write(to: excerpts.appending(path: path)) { cut in
                let line = ["time": Timestamp.text(now), "level": "warning", "message": cut.description]
                return redactor.redact(json: Array(((try? JSON.text(line)) ?? cut.description).utf8), for: .log)
            }
        }
        return cuts
    }

    /// The bundle that comes has the whole logs again.
    func removeExcerpts() { try? FileManager.default.removeItem(at: excerpts) }
}

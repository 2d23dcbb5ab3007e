import Formats
import Foundation
import Synchronization

/// Reads the events that matter from CloudTrail log files, several files at a time, in memory that does not grow with them.
public struct TrailReader: Sendable {
    /// What the scan tells of an event before its text is read.
    public struct Candidate {
        public let name: String
        /// `ecs.amazonaws.com`
        public let source: String
    }

    public struct Summary: Sendable {
        /// Events seen, also those passed over.
        public var eventsRead = 0
        /// Uncompressed.
        var bytesRead = 0
        /// Files that could not be read to their end, and why.
        public var gaps: [String] = []
        /// The times of the first and of the last event, as CloudTrail writes them.
        private var earliest: [UInt8] = []
        private var latest: [UInt8] = []
        public init() {}

        public mutating func add(_ other: Summary) {
            eventsRead += other.eventsRead
            bytesRead += other.bytesRead
            gaps += other.gaps
            if !other.earliest.isEmpty { note(time: other.earliest) }
            if !other.latest.isEmpty { note(time: other.latest) }
        }

        mutating func note(time: some Sequence<UInt8>) {
            if earliest.isEmpty || time.lexicographicallyPrecedes(earliest) { earliest = Array(time) }
            if latest.lexicographicallyPrecedes(time) { latest = Array(time) }
        }

        /// Whether any event is of the window, whatever it did. CloudTrail writes times of one length, in UTC.
        public func covers(_ from: Date, _ to: Date) -> Bool {
            guard !latest.isEmpty else { return false }
            let first = Array(Timestamp.text(from).utf8.prefix(19))
            let last = Array(Timestamp.text(to).utf8.prefix(19))
            return !latest.prefix(19).lexicographicallyPrecedes(first)
                && !last.lexicographicallyPrecedes(earliest.prefix(19))
        }
    }

    /// Whether an event is worth reading, by its name and source; called from several threads.
    let isOfInterest: @Sendable (Candidate) -> Bool
    /// Gets every event of interest; called from several threads.
    let handle: @Sendable (AWSDocument) -> Void

    public init(
        isOfInterest: @escaping @Sendable (Candidate) -> Bool, handle: @escaping @Sendable (AWSDocument) -> Void
    ) {
        self.isOfInterest = isOfInterest
        self.handle = handle
    }

    /// The log files under a directory, sorted; digests are none. A path that is a file is the only one, whatever its name.
    public static func files(under place: String) -> [String] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: place, isDirectory: &isDirectory) else { return [] }
        guard isDirectory.boolValue else { return [place] }
        guard let walk = FileManager.default.enumerator(atPath: place) else { return [] }
        var paths: [String] = []
        while let name = walk.nextObject() as? String {
            if isLogFile(name) { paths.append(place + "/" + name) }
        }
        return paths.sorted()
    }

    /// Whether a file or an object may hold events, by its name.
    public static func isLogFile(_ name: String) -> Bool {
        let plain = name.hasSuffix(".gz") ? name.dropLast(3) : name[...]
        return [".json", ".jsonl", ".ndjson"].contains { plain.hasSuffix($0) }
            && !["CloudTrail-Digest", "CloudTrail-Insight"].contains { name.contains($0) }
    }

    /// Reads files on threads of their own, as many as there are processors.
    public func read(files: [String]) async -> Summary {
        let threads = max(1, min(ProcessInfo.processInfo.activeProcessorCount, files.count))
        let shared = Shared()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<threads {
                group.addTask {
                    await DedicatedThread.run(named: "trail") {
                        while let path = shared.next(files) {
                            shared.add(self.read(TrailFile(source: .path(path)), name: path))
                        }
                    }
                }
            }
        }
        return shared.summary
    }

    /// Reads one file that is in memory already (an object of S3).
    public func read(_ bytes: [UInt8], name: String) async -> Summary {
        await DedicatedThread.run(named: "trail") { self.read(TrailFile(source: .bytes(bytes)), name: name) }
    }

    private final class Shared: Sendable {
        private let state = Mutex((next: 0, summary: Summary()))

        func next(_ files: [String]) -> String? {
            state.withLock { state in
                guard state.next < files.count else { return nil }
                defer { state.next += 1 }
                return files[state.next]
            }
        }

        func add(_ part: Summary) {
            state.withLock { $0.summary.add(part) }
        }

        var summary: Summary { state.withLock { $0.summary } }
    }

    /// What was met in one file.
    private struct Tally {
        var summary = Summary()
        var unreadable = 0
        var foreign = 0
    }

    private func read(_ file: TrailFile, name: String) -> Summary {
        var scanner = TrailRecordScanner()
        var tally = Tally()
        var (bytes, gaps) = (0, [String]())
        do throws(TrailFile.Problem) {
            try file.read { piece in
                bytes += piece.count
                scanner.scan(piece) { take($0, &tally) }
            }
            if !scanner.isComplete { gaps.append("\(name): the text ends within a record") }
        } catch {
            gaps.append("\(name): \(error)")
        }
        if gaps.isEmpty {
            if bytes == 0 {
                gaps.append("\(name): the file is empty")
            } else if tally.summary.eventsRead == 0, !scanner.hasList || tally.foreign > 0 {
                gaps.append("\(name): holds no CloudTrail event")
            } else if tally.foreign > 0 {
                gaps.append("\(name): \(tally.foreign) entries are no CloudTrail events")
            }
        }
        if tally.unreadable > 0 { gaps.append("\(name): \(tally.unreadable) records are not JSON") }
        if scanner.oversized > 0 { gaps.append("\(name): \(scanner.oversized) records are larger than 4 MB") }
        tally.summary.bytesRead = bytes
        tally.summary.gaps = gaps
        return tally.summary
    }

    private func take(_ record: TrailRecordScanner.Record, _ tally: inout Tally) {
        guard let name = record.eventName else {
            if record.isWrapper { takeWrapped(record, &tally) } else { tally.foreign += 1 }
            return
        }
        tally.summary.eventsRead += 1
        if let time = record.eventTime { tally.summary.note(time: time) }
        guard record.isReadOnly != true else { return }
        let candidate = Candidate(
            name: String(decoding: name, as: UTF8.self),
            source: record.eventSource.map { String(decoding: $0, as: UTF8.self) } ?? "")
        guard isOfInterest(candidate) else { return }
        guard let document = try? JSONDocumentReader.read(record.text) else {
            tally.unreadable += 1
            return
        }
        guard record.isWrapper else { return handle(document) }
        guard let event = Self.event(in: document) else {
            tally.unreadable += 1
            return
        }
        handle(event)
    }

    /// An event that says nothing of itself outside of what wraps it.
    private func takeWrapped(_ record: TrailRecordScanner.Record, _ tally: inout Tally) {
        guard record.isReadOnly != true else {
            tally.summary.eventsRead += 1
            return
        }
        guard let document = try? JSONDocumentReader.read(record.text) else {
            tally.unreadable += 1
            return
        }
        guard let event = Self.event(in: document), let name = event["eventName"]?.text else {
            tally.foreign += 1
            return
        }
        tally.summary.eventsRead += 1
        if let time = event["eventTime"]?.text { tally.summary.note(time: time.utf8) }
        guard event["readOnly"]?.text != "true",
            isOfInterest(Candidate(name: name, source: event["eventSource"]?.text ?? ""))
        else { return }
        handle(event)
    }

    /// The event inside of what EventBridge delivers, what CloudWatch Logs kept, or what `lookup-events` answers.
    private static func event(in wrapper: AWSDocument) -> AWSDocument? {
        if let detail = wrapper["detail"], detail["eventName"] != nil { return detail }
        guard let text = (wrapper["CloudTrailEvent"] ?? wrapper["message"])?.text else { return nil }
        return try? JSONDocumentReader.read(Array(text.utf8))
    }
}

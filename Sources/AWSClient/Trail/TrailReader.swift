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
        public var bytesRead = 0
        /// Files that could not be read to their end, and why.
        public var gaps: [String] = []
        public init() {}
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

    /// The log files (`.json`, `.json.gz`) under a directory, sorted; digests are none.
    public static func files(under directory: String) -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: directory) else { return [] }
        var paths: [String] = []
        while let name = walk.nextObject() as? String {
            guard name.hasSuffix(".json.gz") || name.hasSuffix(".json"), !name.contains("CloudTrail-Digest") else {
                continue
            }
            paths.append(directory + "/" + name)
        }
        return paths.sorted()
    }

    /// Reads files on threads of their own, as many as there are processors.
    public func read(files: [String]) async -> Summary {
        let threads = max(1, min(ProcessInfo.processInfo.activeProcessorCount, files.count))
        let shared = Shared()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<threads {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        Thread.detachNewThread {
                            while let path = shared.next(files) {
                                shared.add(self.read(TrailFile(source: .path(path)), name: path))
                            }
                            continuation.resume()
                        }
                    }
                }
            }
        }
        return shared.summary
    }

    /// Reads one file that is in memory already (an object of S3).
    public func read(_ bytes: [UInt8], name: String) async -> Summary {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(returning: self.read(TrailFile(source: .bytes(bytes)), name: name))
            }
        }
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
            state.withLock { state in
                state.summary.eventsRead += part.eventsRead
                state.summary.bytesRead += part.bytesRead
                state.summary.gaps += part.gaps
            }
        }

        var summary: Summary { state.withLock { $0.summary } }
    }

    private func read(_ file: TrailFile, name: String) -> Summary {
        var summary = Summary()
        var scanner = TrailRecordScanner()
        var unreadable = 0
        do throws(TrailFile.Problem) {
            try file.read { piece in
                summary.bytesRead += piece.count
                scanner.scan(piece) { record in
                    guard record.isReadOnly != true, let name = record.eventName else { return }
                    let candidate = Candidate(
                        name: String(decoding: name, as: UTF8.self),
                        source: record.eventSource.map { String(decoding: $0, as: UTF8.self) } ?? "")
                    guard isOfInterest(candidate) else { return }
                    guard let document = try? JSONDocumentReader.read(record.text) else {
                        unreadable += 1
                        return
                    }
                    handle(document)
                }
            }
            if !scanner.isComplete { summary.gaps.append("\(name): the text ends within a record") }
        } catch {
            summary.gaps.append("\(name): \(error)")
        }
        summary.eventsRead = scanner.records
        if unreadable > 0 { summary.gaps.append("\(name): \(unreadable) records are not JSON") }
        if scanner.oversized > 0 { summary.gaps.append("\(name): \(scanner.oversized) records are larger than 4 MB") }
        return summary
    }
}

import Formats
import Foundation
import RunModel
import Secrets
import UndoLog

/// Keeps two runs from breaking one target together when they have different state directories: a mark in the target's own fault
/// proxies.
///
/// The mark is a disabled proxy that is named after the run; its upstream is no address but says until when it counts. A run sets
/// its own mark first and looks for others then, so of two runs that come at once at least one sees the other.
public struct FaultLock: Sendable {
    private static let prefix = "plumbline-lock-"
    private static let suffix = ".expires.plumbline.invalid:1"
    private static let attempts = 3

    private let api: String
    private let runID: RunID
    private let duration: Duration
    private let transport: any FaultTransport
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - api: base URL of Toxiproxy's HTTP API.
    ///   - duration: the longest that the run may last; after that the mark counts no more, whatever happened to the run.
    public init(
        api: String, runID: RunID, duration: Duration, transport: any FaultTransport,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.api = api.hasSuffix("/") ? String(api.dropLast()) : api
        self.runID = runID
        self.duration = duration
        self.transport = transport
        self.now = now
    }

    private var name: String { Self.prefix + runID.rawValue }

    private func remove(_ name: String) -> UndoAction {
        .http(.init(method: "DELETE", url: "\(api)/proxies/\(name)", expectedStatuses: [200, 204, 404]))
    }

    /// Takes the lock. It is given back by the undo of its record, so also when the run dies.
    ///
    /// - Throws: ``FaultError`` `refused` when another run has it, with that run's name.
    func take(
        for checkID: CheckID, log: UndoLog, replay: UndoReplay, breaking names: String
    ) async throws(FaultError) {
        var other: Mark?
        for attempt in 1...Self.attempts {
            let record = UndoRecord(
                runID: runID, checkID: checkID, what: "mark of the run in the fault proxies \(api)", openedAt: now(),
                lease: duration, actions: [remove(name)])
            do {
                try await log.writeAhead(record)
                let end = Int(clamping: now().addingTimeInterval(duration.seconds).timeIntervalSince1970)
                try await send(
                    "POST", "/proxies",
                    [
                        "name": .string(name), "listen": "127.0.0.1:0", "upstream": .string("\(end)\(Self.suffix)"),
                        "enabled": false,
                    ])
                other = try await otherMark()
                if other == nil { return }
            } catch {
                try await giveBack(record, replay, names)
                throw FaultError(.injectorFailed, fault: names, detail: "the target could not be locked: \(error)")
            }
            try await giveBack(record, replay, names)
            // Two runs that came at once have both stepped back: not again at the same moment.
            if attempt < Self.attempts { try? await Task.sleep(for: .milliseconds(Int.random(in: 200...1000))) }
        }
        guard let other else { return }
        let remedy =
            other.end.map { "Wait for its end; the mark counts until \(Timestamp.text($0))" }
            ?? ("Its mark does not say until when it counts: make sure that no run is under way, then remove it with"
                + " `curl -X DELETE \(api)/proxies/\(Self.prefix)\(other.run)`")
        throw FaultError(
            .refused, fault: names,
            detail:
                "run \(other.run) breaks this target, as its mark in the fault proxies \(api) says; two runs must never break"
                + " one target together. \(remedy)")
    }

    private struct Mark {
        let run: String
        /// Nil when the mark does not say it in a way that this version reads.
        let end: Date?
    }

    /// The mark of another run that may still count; those that have run out are removed. One that cannot be read counts: it
    /// may be a newer version's.
    private func otherMark() async throws -> Mark? {
        let proxies = try await send("GET", "/proxies", nil).object ?? [:]
        for (name, proxy) in proxies where name.hasPrefix(Self.prefix) && name != self.name {
            let upstream = proxy["upstream"]?.string ?? ""
            let end =
                upstream.hasSuffix(Self.suffix)
                ? Double(finite: String(upstream.dropLast(Self.suffix.count))).flatMap(Date.moment(secondsSince1970:))
                : nil
            guard let end, end <= now() else { return Mark(run: String(name.dropFirst(Self.prefix.count)), end: end) }
            try await send("DELETE", "/proxies/\(name)", nil)
        }
        return nil
    }

    private func giveBack(_ record: UndoRecord, _ replay: UndoReplay, _ names: String) async throws(FaultError) {
        let result = await Task { () async -> Result<UndoReport, UndoLogError> in
            do throws(UndoLogError) {
                return .success(try await replay.run(.record(id: record.id), by: "run", patience: .seconds(10)))
            } catch {
                return .failure(error)
            }
        }.value
        if case .success(let report) = result, report.isComplete { return }
        throw FaultError(
            .undoIncomplete, fault: names, detail: "the mark in the fault proxies \(api) could not be removed")
    }

    @discardableResult
    private func send(_ method: String, _ path: String, _ body: JSONValue?) async throws -> JSONValue {
        let answer = try await transport.send(
            method: method, url: api + path, headers: ["content-type": "application/json"],
            body: try body.map { try JSON.text($0) }, deadline: .seconds(5))
        guard (200..<300).contains(answer.status) || (method == "DELETE" && answer.status == 404) else {
            throw FaultError(
                .injectorFailed, fault: "\(method) \(api)\(path)",
                detail: "it answered \(answer.status): \(answer.body.excerpt(200))")
        }
        return (try? JSON.decode(JSONValue.self, from: Data(answer.body.utf8))) ?? .null
    }
}

import Formats
import Foundation
import Glibc

/// The one undo log of a whole state directory that builds up to version 0.1 wrote: `undo.jsonl`, lines of the form
/// `{"sha256":"…","event":{"at":…,"kind":{"opened":{"_0":{…}}},"sequence":1}}`.
///
/// It is read once: what is open in it moves to the log of its run, then it is removed.
struct LegacyUndoLog: Sendable {
    let path: String

    private static let head = Array(#"{"sha256":""#.utf8)
    private static let middle = Array(#"","event":"#.utf8)
    private static let digestLength = 64

    /// The changes that have not been taken back, oldest first; none when there is no such log.
    func openRecords() throws(UndoLogError) -> [UndoRecord] {
        guard access(path, F_OK) == 0 else { return [] }
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw UndoLogError(.notReadable, path: path, detail: "\(error)")
        }
        var open: [UndoRecord] = []
        var count = 0
        var rest = data[...]
        // What follows the last newline was cut off by a crash.
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            guard let entry = Self.entry(in: rest[..<end]), entry.seq == count + 1 else {
                throw UndoLogError(
                    .damaged, path: path,
                    detail: "line \(count + 1) does not fit its checksum, its number or its schema")
            }
            count += 1
            switch entry.event {
            case .opened(let record): open.append(record)
            case .closed(let id, _): open.removeAll { $0.id == id }
            case .settling, .undoFailed: break
            }
            rest = rest[(end + 1)...]
        }
        return open
    }

    /// Moves what is open to the logs of its runs. A death in between repeats nothing: an id that is known stays as it is.
    func migrate(to logs: UndoLogs) throws(UndoLogError) {
        guard access(path, F_OK) == 0 else { return }
        for (run, records) in Dictionary(grouping: try openRecords(), by: \.runID) {
            let log = logs.log(of: run)
            let known = Set(try log.entries().map(\.event.recordID))
            for record in records where !known.contains(record.id) { try log.adopt(record) }
        }
        unlink(path)
        unlink(path + ".lock")
    }

    private static func entry(in line: Data.SubSequence) -> UndoEntry? {
        let digestStart = line.startIndex + head.count
        let bodyStart = digestStart + digestLength + middle.count
        guard line.endIndex > bodyStart + 1, line.starts(with: head), line.last == UInt8(ascii: "}"),
            line[(digestStart + digestLength)...].starts(with: middle)
        else { return nil }
        let body = line[bodyStart..<(line.endIndex - 1)]
        guard line[digestStart...].prefix(digestLength).elementsEqual(Digest.sha256Hex(of: body).utf8),
            let value = try? JSON.decode(JSONValue.self, from: Data(body)), let renewed = renewed(value),
            let bytes = try? JSON.data(renewed)
        else { return nil }
        return try? JSON.decode(UndoEntry.self, from: bytes)
    }

    /// The event in today's form: a case's name as `kind` next to its values.
    private static func renewed(_ event: JSONValue) -> JSONValue? {
        guard let at = event["at"], let sequence = event["sequence"],
            let kind = event["kind"]?.object?.first, var parts = kind.value.object
        else { return nil }
        switch kind.key {
        case "opened":
            guard var record = parts["_0"]?.object, let actions = record["actions"]?.array else { return nil }
            record["actions"] = .array(actions.compactMap(renewedAction))
            guard record["actions"]?.array?.count == actions.count else { return nil }
            parts = ["record": .object(record)]
        case "closed", "undoFailed": break
        default: return nil
        }
        parts["kind"] = .string(kind.key == "undoFailed" ? "undo-failed" : kind.key)
        return ["at": at, "seq": sequence, "event": .object(parts)]
    }

    private static func renewedAction(_ action: JSONValue) -> JSONValue? {
        guard let (name, value) = action.object?.first, var parts = value["_0"]?.object else { return nil }
        let names = [
            "stopTasks": "stop-tasks", "setDesiredCount": "set-desired-count", "deleteObject": "delete-object",
        ]
        parts["kind"] = .string(names[name] ?? name)
        return .object(parts)
    }
}

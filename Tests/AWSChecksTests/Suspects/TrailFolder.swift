import Foundation

/// Writes the files of a trail in each of its forms, by streams: a trail may be larger than memory should hold.
struct TrailFolder {
    let directory: URL

    /// - Parameter events: texts of events, each one line.
    /// - Returns: the path to give as the trail.
    func write(_ events: [String], as shape: TrailShape) throws -> String {
        switch shape {
        case .records: try plain("log.json", list(events))
        case .indented: try plain("log.json", list(events.map(Self.indented)))
        case .gzipped: try gzip(plain("log.json", list(events)))
        case .members:
            // Concatenated gzip members are one gzip file (RFC 1952).
            let text = list(events)
            let middle = text.utf8.count / 2
            let bytes = Data(text.utf8)
            let first = try gzip(plain("a.json", bytes[..<middle]))
            let second = try gzip(plain("b.json", bytes[middle...]))
            let both = try Data(contentsOf: first) + Data(contentsOf: second)
            try FileManager.default.removeItem(at: first)
            try FileManager.default.removeItem(at: second)
            try plain("log.json.gz", both)
        case .days:
            let size = max(1, events.count / 5)
            for (index, start) in stride(from: 0, to: events.count, by: size).enumerated() {
                let folder = "AWSLogs/210987654321/CloudTrail/eu-west-3/2026/02/0\(index % 9 + 1)"
                let part = Array(events[start..<min(start + size, events.count)])
                try gzip(plain("\(folder)/log-\(index).json", list(part)))
            }
        case .lines: try plain("log.jsonl", lines(events))
        case .linesNamedJSON: try plain("log.json", lines(events))
        case .gzippedLines: try gzip(plain("log.ndjson", lines(events)))
        case .array: try plain("log.json", "[\(events.joined(separator: ","))]")
        case .indentedArray: try plain("log.json", "[\n\(events.map(Self.indented).joined(separator: ",\n"))\n]\n")
        case .single: for (index, event) in events.enumerated() { try plain("event-\(index).json", event) }
        case .lookup:
            let entries = events.map { #"{"EventId":"x","ReadOnly":"false","CloudTrailEvent":\#(Self.quoted($0))}"# }
            try plain("events.json", "{\"Events\":[\(entries.joined(separator: ","))],\"NextToken\":\"t\"}")
        case .bus:
            let entries = events.map {
                #"{"version":"0","id":"x","detail-type":"AWS API Call via CloudTrail","source":"aws.ecs","detail":\#($0)}"#
            }
            try plain("log.jsonl", lines(entries))
        case .logGroup:
            let entries = events.map { #"{"logStreamName":"s","timestamp":1,"message":\#(Self.quoted($0))}"# }
            try plain("events.json", "{\"events\":[\(entries.joined(separator: ","))],\"searchedLogStreams\":[]}")
        case .windows:
            try plain("log.json", "\u{FEFF}" + list(events).replacing(",\"eventSource\"", with: ",\r\n\"eventSource\""))
        case .oneFile: return try plain("export-of-tuesday", list(events)).path
        case .organisation:
            for account in ["210987654321", "111122223333"] {
                let own = events.filter { $0.contains("\"recipientAccountId\":\"\(account)\"") }
                for region in ["eu-west-3", "us-east-1", "us-west-2"] {
                    let part = own.filter { $0.contains("\"awsRegion\":\"\(region)\"") }
                    try gzip(
                        plain("AWSLogs/o-tide/\(account)/CloudTrail/\(region)/2026/02/03/log.json", list(part)))
                }
            }
        }
        return directory.path
    }

    func write(_ empty: TrailShape.Empty) throws -> String {
        switch empty {
        case .missing: return directory.appending(path: "absent").path
        case .directory: break
        case .file: try plain("log.json", "")
        case .gzip: try gzip(plain("log.json", ""))
        case .page: try plain("log.json", "<!DOCTYPE html><html><body>503 Service Unavailable</body></html>")
        case .cut:
            try plain(
                "log.json", #"{"Records":[{"eventName":"UpdateService","eventSource":"ecs.amazonaws.com","requestPar"#)
        case .digests: try plain("AWSLogs/1/CloudTrail-Digest/eu-west-3/2026/02/03/d.json", #"{"digestStartTime":"x"}"#)
        case .object: try plain("log.json", #"{"message":"no events here"}"#)
        case .old:
            try plain(
                "log.json",
                list([
                    TrailEvent("ecs", "UpdateService", #"{"cluster":"tide-cluster","service":"tide-api"}"#)
                        .text(id: "old", at: Date(timeIntervalSince1970: 1_600_000_000))
                ]))
        }
        return directory.path
    }

    private func list(_ events: [String]) -> String { "{\"Records\":[\(events.joined(separator: ","))]}" }
    private func lines(_ events: [String]) -> String { events.joined(separator: "\n") + "\n" }

    @discardableResult private func plain(_ name: String, _ text: String) throws -> URL {
        try plain(name, Data(text.utf8))
    }

    @discardableResult private func plain(_ name: String, _ data: Data) throws -> URL {
        let file = directory.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
        return file
    }

    @discardableResult private func gzip(_ file: URL) throws -> URL {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["gzip", "-1", "-f", file.path]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
        return file.appendingPathExtension("gz")
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// An event with its members on lines of their own.
    private static func indented(_ event: String) -> String {
        event.replacing(",\"", with: ",\n    \"").replacing("\":", with: "\" : ")
    }
}

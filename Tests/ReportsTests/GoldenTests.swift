import Foundation
import Testing

/// Every document of every sample run, byte by byte. After a wanted change: `PLUMBLINE_RENEW_GOLDEN=1 swift test --filter GoldenTests`.
@Suite struct GoldenTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    @Test("Documents are those that were looked at by a person", arguments: SampleRun.allCases)
    func areAsBefore(run: SampleRun) throws {
        let files = try run.files()
        let directory = Self.directory.appending(path: run.rawValue)
        if ProcessInfo.processInfo.environment["PLUMBLINE_RENEW_GOLDEN"] == "1" {
            try renew(directory, files)
        }
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            let golden = try String(contentsOf: directory.appending(path: path), encoding: .utf8)
            let changed = zip(golden.split(separator: "\n"), text.split(separator: "\n")).first { $0 != $1 }
            #expect(
                golden == text,
                "\(run.rawValue)/\(path) changed: \(changed.map { "was “\($0.0)”, is “\($0.1)”" } ?? "in length")")
        }
        let stored = try #require(FileManager.default.enumerator(atPath: directory.path))
        let names = Set(
            stored.compactMap { $0 as? String }.filter { ($0.split(separator: "/").last ?? "").contains(".") })
        #expect(names == Set(files.keys))
    }

    @Test("The same run gives the same bytes again", arguments: SampleRun.allCases)
    func isDeterministic(run: SampleRun) throws {
        #expect(try run.files() == run.files())
    }

    private func renew(_ directory: URL, _ files: [String: String]) throws {
        try? FileManager.default.removeItem(at: directory)
        for (path, text) in files {
            let url = directory.appending(path: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
    }
}

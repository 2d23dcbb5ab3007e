import ArtifactBundle
import Durable
import Formats
import Foundation
import RunModel
import Secrets

/// Puts a run together as one bundle: documents made from the journal, and the files of the run's directory.
///
/// It depends on the run's directory alone, so that the same journal always gives the same bytes.
public struct BundleAssembly: Sendable {
    public let run: RunDirectory
    public let record: RunRecord
    /// The documents by their path in the bundle.
    public let documents: [String: [UInt8]]
    /// What made them.
    public let renderer: BundleRenderer

    public init(run: RunDirectory, record: RunRecord, documents: [String: [UInt8]], renderer: BundleRenderer) {
        self.run = run
        self.record = record
        self.documents = documents
        self.renderer = renderer
    }

    /// `plumbline-<environment>-<UTC time>-<run id>.tar.gz`; the run id begins with the time.
    public static func fileName(of header: RunHeader) -> String {
        "plumbline-\(header.environment)-\(header.runID).tar.gz"
    }

    /// Writes the bundle into a directory and verifies it.
    ///
    /// - Throws: ``BundleLeak`` when a secret stands in any of the files, before anything is written.
    public func write(to directory: URL, redactor: Redactor) async throws -> BundleReceipt {
        let contents = try contents()
        try refuseLeaks(in: contents, redactor: redactor)
        try PrivateFile.makeDirectory(directory.path)
        return try await BundleWriter().write(
            contents, runID: record.header.runID.rawValue, environment: record.header.environment, renderer: renderer,
            to: directory.appending(path: Self.fileName(of: record.header)))
    }

    private func contents() throws -> [BundleContent] {
        let derived = try documents.merging(StateFile.files(of: record, documents: Array(documents.keys))) { $1 }
            .map { BundleContent(path: $0.key, bytes: $0.value) }
        let wanted = Set(record.results.values.flatMap(\.evidence).map(\.path))
        let evidence = try run.contents(of: "evidence").filter { wanted.contains($0.path) }
        let journal = BundleContent(path: RunDirectory.journalName, file: URL(fileURLWithPath: run.journalPath))
        return try derived + [journal] + evidence + run.keptContents()
    }

    private func refuseLeaks(in contents: [BundleContent], redactor: Redactor) throws {
        var leaks: [String] = []
        for content in contents {
            let bytes: [UInt8] =
                switch content.source {
                case .bytes(let bytes): bytes
                case .file(let url): [UInt8](try Data(contentsOf: url, options: .mappedIfSafe))
                }
            let names = redactor.leaks(in: bytes)
            if !names.isEmpty { leaks.append("\(content.path): \(names.joined(separator: ", "))") }
        }
        if !leaks.isEmpty { throw BundleLeak(places: leaks) }
    }
}

/// A secret was found in what was about to be packed.
public struct BundleLeak: Error, CustomStringConvertible {
    /// File and names of the secrets, never their values.
    public let places: [String]

    public var description: String {
        "no bundle was written, because these files hold secrets in clear: \(places.joined(separator: "; ")). "
            + "Please report it with the names above, and change the secrets"
    }
}

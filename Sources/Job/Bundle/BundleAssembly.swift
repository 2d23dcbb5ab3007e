import ArtifactBundle
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

    public init(run: RunDirectory, record: RunRecord, documents: [String: [UInt8]]) {
        self.run = run
        self.record = record
        self.documents = documents
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
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return try await BundleWriter().write(
            contents, runID: record.header.runID.rawValue, environment: record.header.environment,
            to: directory.appending(path: Self.fileName(of: record.header)))
    }

    private func contents() throws -> [BundleContent] {
        var contents = documents.map { BundleContent(path: $0.key, bytes: $0.value) }
        for phase in Phase.allCases {
            if let state = StateFile(of: phase, in: record, documents: Array(documents.keys)) {
                contents.append(BundleContent(path: phase.stateFile, bytes: [UInt8](try JSON.prettyData(state))))
            }
        }
        let wanted = Set(record.results.values.flatMap(\.evidence).map(\.path))
        let files = try BundleContent.files(under: run.url).filter { content in
            !content.path.hasPrefix("state/") && content.path != RunDirectory.deliveryName
                && !content.path.contains(".partial-")
                && (!content.path.hasPrefix("evidence/") || wanted.contains(content.path))
        }
        return contents + files
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

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
    let run: RunDirectory
    let record: RunRecord
    /// The documents by their path in the bundle.
    let documents: [String: RedactedBytes]
    /// What made them.
    let renderer: BundleRenderer
    /// Whether the run's files come out of a bundle as they are: what made it has looked for secrets in them, and knew these.
    let isFromBundle: Bool
    /// The state files, where they were made already.
    let states: [String: RedactedBytes]?

    public init(
        run: RunDirectory, record: RunRecord, documents: [String: RedactedBytes], renderer: BundleRenderer,
        isFromBundle: Bool = false, states: [String: RedactedBytes]? = nil
    ) {
        self.run = run
        self.record = record
        self.documents = documents
        self.renderer = renderer
        self.isFromBundle = isFromBundle
        self.states = states
    }

    /// `plumbline-<environment>-<UTC time>-<run id>.tar.gz`; the run id begins with the time.
    public static func fileName(of header: RunHeader) -> String {
        "plumbline-\(header.environment)-\(header.runID).tar.gz"
    }

    /// Writes the bundle into a directory and verifies it.
    ///
    /// - Throws: ``BundleLeak`` when a known secret stood in any of the files. The bundle is there then, without them.
    public func write(to directory: URL, redactor: Redactor) async throws -> BundleReceipt {
        let (receipt, leak) = try await writeWithholding(to: directory, redactor: redactor)
        if let leak { throw leak }
        return receipt
    }

    /// Writes the bundle without the files in which a known secret stands, and with `withheld.json` that names them.
    ///
    /// - Returns: nil for the leak when there is none.
    func writeWithholding(
        to directory: URL, redactor: Redactor
    ) async throws -> (receipt: BundleReceipt, leak: BundleLeak?) {
        var contents = try contents(redactor: redactor)
        let withheld = try withheld(of: contents, redactor: redactor)
        if !withheld.isEmpty {
            let paths = Set(withheld.map(\.path))
            contents.removeAll { paths.contains($0.path) }
            let list = redactor.redact(json: [UInt8](try JSON.prettyData(Withheld(entries: withheld))), for: .documents)
            contents.append(BundleContent(path: Withheld.path, bytes: list.bytes))
        }
        try PrivateFile.makeDirectory(directory.path)
        let receipt = try await BundleWriter().write(
            contents, runID: record.header.runID.rawValue, environment: record.header.environment, renderer: renderer,
            to: directory.appending(path: Self.fileName(of: record.header)))
        let leak = withheld.isEmpty ? nil : BundleLeak(entries: withheld, bundle: receipt.url.path)
        return (receipt, leak)
    }

    private func contents(redactor: Redactor) throws -> [BundleContent] {
        let states =
            try states ?? StateFile.files(of: record, documents: Array(documents.keys), redactor: redactor)
        let derived = documents.merging(states) { $1 }.map { BundleContent(path: $0.key, bytes: $0.value.bytes) }
        let wanted = Set(record.everyResult.flatMap(\.evidence).map(\.path))
        let evidence = try run.contents(of: "evidence").filter { wanted.contains($0.path) }
        let journal = BundleContent(path: RunDirectory.journalName, file: URL(fileURLWithPath: run.journalPath))
        return try derived + [journal] + evidence + run.keptContents()
    }

    private func withheld(of contents: [BundleContent], redactor: Redactor) throws -> [Withheld.Entry] {
        try contents.compactMap { content in
            let bytes: [UInt8] =
                switch content.source {
                case .bytes(let bytes): bytes
                case .file where isFromBundle: []
                case .file(let url): [UInt8](try Data(contentsOf: url, options: .mappedIfSafe))
                }
            let names = Set(redactor.leaks(in: bytes) + redactor.leaks(in: Array(content.path.utf8))).sorted()
            return names.isEmpty ? nil : Withheld.Entry(path: content.path, secrets: names)
        }
        .sorted { $0.path < $1.path }
    }
}

/// A known secret was found in what was to be packed; the bundle was written without it.
public struct BundleLeak: Error, CustomStringConvertible {
    let entries: [Withheld.Entry]
    /// Where the bundle is.
    public let bundle: String

    /// File and names of the secrets, never their values.
    public var places: [String] { entries.map { "\($0.path): \($0.secrets.joined(separator: ", "))" } }

    public var description: String {
        "these files hold secrets in clear and were left out of the bundle: \(places.joined(separator: "; ")). "
            + "The bundle \(bundle) holds everything else and names them in \(Withheld.path). Please report it with the names "
            + "above, change the secrets, and remove the files from the state directory"
    }
}

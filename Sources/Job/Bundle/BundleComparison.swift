import ArtifactBundle
import Diagnosis
import Durable
import Formats
import Foundation
import Reports
import RunModel
import UndoLog

/// Holds a bundle whose bytes are as its manifest says against its journal. Every entry is accounted for: the journal itself, what it
/// renders to, the evidence that its results name, and the files that its last event names.
struct BundleComparison {
    let manifest: BundleManifest
    /// What the bundle holds of what is looked into.
    let run: RunDirectory
    let account: JournalAccount
    let record: RunRecord
    let rendering: Rendering

    let verdict: Verdict
    /// The last line of the run's log, worked out again.
    let line: String
    private(set) var contradictions: [Contradiction] = []
    private(set) var compared: [String] = []
    private(set) var notCompared: [String] = []

    /// What nothing has accounted for yet, by path.
    private var left: [String: BundleEntry]
    /// What the bundle itself says it was written without, by path: a secret stood in it.
    private var withheld: Set<String> = []
    /// What does not follow from the journal byte by byte, because a secret's value stands in its template.
    private var masked: Set<String> = []
    private let renderer: BundleRenderer

    /// Whether the comparison looks into a file; of all others the digest is enough.
    @Sendable static func reads(_ path: String) -> Bool {
        let kept = [
            RunDirectory.undoHistoryName, RunDirectory.maskingRecordName, Baseline.path, Baseline.historyPath,
            RunDirectory.changesName,
        ]
        return kept.contains(path) || !RunDirectory.isKept(path)
    }

    /// More contradictions of a kind than these tell nobody anything.
    private static let maximumOfKind = 100

    init(manifest: BundleManifest, run: RunDirectory, account: JournalAccount, record: RunRecord, rendering: Rendering)
    {
        self.manifest = manifest
        self.run = run
        self.account = account
        self.record = record
        self.rendering = rendering
        let assessment = Assessment(of: record, changes: try? run.changes())
        (verdict, line) = (assessment.verdict, assessment.line)
        left = Dictionary(uniqueKeysWithValues: manifest.entries.map { ($0.path, $0) })
        renderer = rendering.documents.renderer(build: rendering.build)
    }

    mutating func run() async {
        readWithheld()
        compareJournal()
        compareManifest()
        compareEvidence()
        compareKept()
        compareUndoLog()
        readMaskingRecord()
        await compareRendering()
    }

    private mutating func note(_ kind: Contradiction.Kind, _ path: String? = nil, _ detail: String) {
        guard contradictions.count(where: { $0.kind == kind }) < Self.maximumOfKind else { return }
        contradictions.append(Contradiction(kind, path, detail))
    }

    /// - Parameter detail: who says that it should be there.
    private mutating func noteMissing(_ path: String, _ detail: String) {
        if withheld.contains(path) {
            notCompared.append("\(path): withheld, because a secret stood in it")
        } else {
            note(.missing, path, detail)
        }
    }

    private mutating func readWithheld() {
        guard left.removeValue(forKey: Withheld.path) != nil else { return }
        do {
            let url = run.url.appending(path: Withheld.path)
            withheld = Set(try OutsideJSON.decode(Withheld.self, from: url).entries.map(\.path))
        } catch {
            note(.missing, Withheld.path, "does not say what was withheld: \(error)")
        }
    }

    // MARK: The journal and the manifest

    private mutating func compareJournal() {
        left[RunDirectory.journalName] = nil
        let path = RunDirectory.journalName
        if account.tornBytes > 0 {
            note(.journal, path, "its last line is torn: \(account.tornBytes) bytes without an end")
        }
        for objection in account.objections { note(.order, path, objection) }
        guard let end = account.end else {
            return note(
                .end, path,
                "does not end with the end of the run: the run died, or the last events were taken away")
        }
        if end.verdict != verdict {
            if record.header.build == rendering.build {
                note(.verdict, path, "ends with \(end.verdict.line), but its results give \(verdict.line)")
            } else {
                notCompared.append(
                    "the verdict: build \(record.header.build) worked out \(end.verdict.line); "
                        + "this build, \(rendering.build), works out \(verdict.line)")
            }
        }
        compared.append("the journal: \(account.events) events, each with a checksum that covers the one before")
    }

    private mutating func compareManifest() {
        if manifest.runID != record.header.runID.rawValue || manifest.environment != record.header.environment {
            note(
                .run, BundlePath.manifest,
                "is of run \(manifest.runID) in \(manifest.environment), the journal of \(record.header.runID) in "
                    + record.header.environment)
        }
    }

    // MARK: What results and the end of the run name

    private mutating func compareEvidence() {
        var named: [String: (check: CheckID, reference: EvidenceReference)] = [:]
        for result in record.everyResult.sorted(by: { $0.id < $1.id }) {
            for reference in result.evidence where named[reference.path] == nil {
                named[reference.path] = (result.id, reference)
            }
        }
        for (path, (check, reference)) in named.sorted(by: { $0.key < $1.key }) {
            guard let entry = left.removeValue(forKey: path) else {
                noteMissing(path, "\(check) names it as evidence, and it is not there")
                continue
            }
            if entry.sha256 != reference.sha256 || entry.size != reference.size {
                note(
                    .evidence, path,
                    "\(check) names \(reference.size) bytes with SHA-256 \(reference.sha256), there are \(entry.size) with "
                        + entry.sha256)
            }
        }
        for path in left.keys.filter({ $0.hasPrefix("evidence/") }).sorted() {
            left[path] = nil
            note(.unaccounted, path, "no result names it as evidence")
        }
        if !named.isEmpty { compared.append("\(named.count) pieces of evidence: what results name, and nothing else") }
    }

    private mutating func compareKept() {
        let present = left.values.filter { RunDirectory.isKept($0.path) }.sorted { $0.path < $1.path }
        for entry in present { left[entry.path] = nil }
        guard let end = account.end else { return }
        guard var named = end.kept else {
            if !present.isEmpty {
                notCompared.append(
                    "\(present.map(\.path).joined(separator: ", ")): the journal is from a build that did not name what it kept"
                )
            }
            return
        }
        for entry in present {
            guard let sha256 = named.removeValue(forKey: entry.path) else {
                note(.unaccounted, entry.path, "the journal's last event does not name it")
                continue
            }
            if entry.sha256 != sha256 {
                note(.kept, entry.path, "has SHA-256 \(entry.sha256), the journal's last event says \(sha256)")
            }
        }
        for path in named.keys.sorted() {
            noteMissing(path, "the journal's last event names it, and it is not there")
        }
        compared.append(
            "\(present.count) kept files (measurements, AWS snapshot, baseline, log, undo log, counts of what was masked): "
                + "their digests in the journal's last event; what they say was not worked out again")
    }

    private mutating func compareUndoLog() {
        let path = RunDirectory.undoHistoryName
        guard manifest.entries.contains(where: { $0.path == path }) else { return }
        let entries: [UndoEntry]
        do {
            _ = try OutsideJSON.data(of: URL(fileURLWithPath: run.undoHistoryPath), largest: OutsideJSON.largestHistory)
            entries = try UndoLog(path: run.undoHistoryPath).entries()
        } catch {
            return note(.undo, path, (error as? UndoLogError)?.detail ?? "\(error)")
        }
        var open: [String: UndoRecord] = [:]
        for entry in entries {
            switch entry.event {
            case .opened(let record):
                if record.runID != self.record.header.runID {
                    note(.undo, path, "‘\(record.what)’ is of run \(record.runID)")
                }
                open[record.id] = record
            // What settles is undone; the next run looks whether it came once more.
            case .closed(let id, _), .settling(let id, _, _): open[id] = nil
            case .undoFailed: break
            }
        }
        if record.openUndos.isEmpty {
            for record in open.values.sorted(by: { $0.openedAt < $1.openedAt }) {
                note(.undo, path, "‘\(record.what)’ was not undone, and the journal says that nothing is left to undo")
            }
        }
        compared.append("the undo log: \(entries.count) entries, as the journal says what is left to undo")
    }

    private mutating func readMaskingRecord() {
        let path = RunDirectory.maskingRecordName
        guard manifest.entries.contains(where: { $0.path == path }) else { return }
        let record = try? OutsideJSON.decode(MaskingRecord.self, from: run.maskingRecordURL)
        guard let record, record.replacements.values.allSatisfy({ $0 > 0 }) else {
            return note(.redaction, path, "does not say how often each secret was masked, and where")
        }
        masked = Set(record.renderings)
    }

    // MARK: What the journal renders to

    private mutating func compareRendering() async {
        do {
            compare(try await rendering.files(of: run, record))
        } catch is RenderingTimeout {
            notCompared.append("\(left.count) documents and state files: making them again takes too long; try --large")
        } catch {
            note(.rendering, nil, "the documents cannot be made again: \(error)")
        }
    }

    private mutating func compare(_ files: [String: [UInt8]]) {
        let isSame = manifest.renderer == renderer
        var equal = 0
        var different: [String] = []
        var maskedFiles: [String] = []
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
            let entry = left.removeValue(forKey: path)
            if let entry, entry.sha256 == Digest.sha256Hex(of: bytes) {
                equal += 1
            } else if entry != nil, masked.contains(path) {
                maskedFiles.append(path)
            } else if entry != nil, ReportSet.quotingEvidence.contains(path),
                withheld.contains(where: { $0.hasPrefix("evidence/") })
            {
                notCompared.append("\(path): it depends on evidence that was withheld")
            } else if isSame, entry == nil {
                noteMissing(path, "follows from the journal, and is not there")
            } else if isSame {
                note(.rendering, path, difference(of: path, from: bytes))
            } else {
                different.append(path)
            }
        }
        for path in left.keys.sorted() {
            if isSame || !isDocument(path) {
                note(.unaccounted, path, "nothing in the journal accounts for it")
            } else {
                different.append(path)
            }
        }
        if isSame { for entry in manifest.entries where !entry.hasUsualMediaType { noteMediaType(entry) } }
        if equal > 0 {
            compared.append("\(equal) documents and state files: the same bytes, made again from the journal")
        }
        if !maskedFiles.isEmpty {
            notCompared.append(
                "\(maskedFiles.joined(separator: ", ")): a secret's value is a word of the document itself and is masked there;"
                    + " `render` makes them again from the journal")
        }
        compareStatedVerdict()
        guard !different.isEmpty else { return }
        notCompared.append(
            "\(different.sorted().joined(separator: ", ")): made by \(manifest.renderer.map(Self.text) ?? "an unnamed build"), "
                + "and this is \(Self.text(renderer)); verify with that build and its templates (--templates)")
    }

    /// Whether another build may have made the file from the journal.
    private func isDocument(_ path: String) -> Bool {
        !path.contains("/") || ["reports/", "state/", "repro/"].contains { path.hasPrefix($0) }
    }

    private mutating func noteMediaType(_ entry: BundleEntry) {
        note(.rendering, entry.path, "the manifest gives it the media type \(entry.mediaType)")
    }

    /// The verdict that was written down where everybody looks first, against the one in the journal: that needs no build.
    private mutating func compareStatedVerdict() {
        let file = run.url.appending(path: "verdict.json")
        guard let end = account.end, manifest.renderer?.build == record.header.build,
            !masked.contains("verdict.json"), !contradictions.contains(where: { $0.path == "verdict.json" })
        else { return }
        let stated = try? OutsideJSON.decode(Verdict.self, from: file)
        if stated != end.verdict {
            note(
                .verdict, "verdict.json",
                "says \(stated?.line ?? "nothing that can be read"), the journal ends with \(end.verdict.line)")
        }
    }

    /// What is there in place of what was made again: the first line that is another one.
    private func difference(of path: String, from bytes: [UInt8]) -> String {
        let found = (try? Data(contentsOf: run.url.appending(path: path), options: .mappedIfSafe)) ?? Data()
        let (there, expected) = (Self.lines(of: [UInt8](found)), Self.lines(of: bytes))
        let index = (0..<max(there.count, expected.count)).first { index in
            index >= there.count || index >= expected.count || there[index] != expected[index]
        }
        guard let index else { return "has other bytes than the journal gives" }
        func line(_ lines: [ArraySlice<UInt8>]) -> String {
            index < lines.count ? "‘\(String(decoding: lines[index].prefix(120), as: UTF8.self))’" : "nothing more"
        }
        return "line \(index + 1) says \(line(there)), the journal gives \(line(expected))"
    }

    private static func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    }

    private static func text(_ renderer: BundleRenderer) -> String {
        "build \(renderer.build) with templates \(renderer.templates.prefix(12))"
    }
}

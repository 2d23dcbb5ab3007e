import ArtifactBundle
import Diagnosis
import Durable
import Formats
import Foundation
import RunModel
import Secrets

extension JobRun {
    /// Phases 4 and 5: the documents, the verdict, the bundle.
    func finish(_ session: RunSession, _ held: any HeldState) async throws -> End {
        let rendered = try await renderDocuments(session)
        let assessment = Assessment(of: session.record, changes: try session.directory.changes())
        let (verdict, line) = (assessment.verdict, assessment.line)
        session.logger.notice("\(line)")
        log.closeFile()
        if session.record.interruption?.isSignal == true { try takeExcerpts(session) }
        try session.writeUndoHistory()
        let states = try stateFiles(session, documents: rendered)
        try session.writeMaskingRecord(rendered.merging(states) { $1 })
        // Nothing that the journal's last event names may change any more.
        try session.append(.runFinished(verdict, kept: try session.directory.keptDigests()))
        session.journal.close()

        for (path, bytes) in states {
            try DurableFile.write(bytes, to: session.directory.url.appending(path: path))
        }
        let (receipt, leak) = try await BundleAssembly(
            run: session.directory, record: session.record, documents: rendered,
            renderer: documents.renderer(build: identity.build), states: states
        ).writeWithholding(to: output, redactor: session.redactor)
        let location = try await deliver(receipt, verdict, line, session, held)
        try DurableFile.write(
            session.redactor.redact(
                json: [UInt8](try JSON.prettyData(["bundle": receipt.url.path, "sha256": receipt.sha256])),
                for: .documents),
            to: URL(fileURLWithPath: session.directory.deliveryPath))
        // A run that may go on keeps its log: the history must not begin anew.
        if session.record.interruption == nil { try session.runner.services.undoLog.removeIfSettled() }
        try await keepingStop(of: session) { () async throws(StateError) in try await held.checkpoint() }
        progress(.bundleWritten(path: receipt.url.path, sha256: receipt.sha256))
        progress(.finished(line: line))
        if let leak { throw leak }
        var link: String?
        if let location, let expiry = linkExpiry { link = try await held.link(to: location, expires: expiry) }
        return End(
            verdict: verdict, record: session.record, bundle: receipt, location: location, link: link,
            account: held.account)
    }

    /// Nobody waits for a long log to be packed after a signal.
    private func takeExcerpts(_ session: RunSession) throws {
        for (path, cut) in try session.directory.takeExcerpts(redactor: session.redactor, now: now()) {
            session.logger.warning("\(path): \(cut.description)")
        }
    }

    /// Keeps the bundle with the state, before the run is noted down as delivered.
    private func deliver(
        _ receipt: BundleReceipt, _ verdict: Verdict, _ line: String, _ session: RunSession, _ held: any HeldState
    ) async throws -> String? {
        let delivery = Delivery(
            run: session.record.header.runID.rawValue, bundle: receipt.url.lastPathComponent, sha256: receipt.sha256,
            exitCode: verdict.exitCode, verdict: session.redactor.redact(line, for: .documents).text,
            // It becomes a part of a key.
            submission: environment["PLUMBLINE_SUBMISSION"].flatMap { mark in
                mark.wholeMatch(of: #/[A-Za-z0-9-]{1,64}/#) == nil ? nil : mark
            }, file: receipt.url)
        return try await keepingStop(of: session) { () async throws(StateError) in
            try await held.deliver(delivery)
        } ?? nil
    }

    /// A run that was stopped ends as stopped, whatever the store says: its bundle is on this machine.
    private func keepingStop<Value>(
        of session: RunSession, _ work: () async throws(StateError) -> Value
    ) async throws -> Value? {
        do throws(StateError) {
            return try await work()
        } catch {
            guard session.record.interruption != nil else { throw error }
            log.logger("state").error("\(error)")
            return nil
        }
    }

    /// Makes the documents, once, before the run is called finished: a mistake in a template ends it here.
    ///
    /// They say the same as those that a later `render` makes: the record is read from the journal, and documents do not
    /// tell when the phases ended that make them. A run that was stopped has documents but no phases for them.
    private func renderDocuments(_ session: RunSession) async throws -> [String: RedactedBytes] {
        try session.reload()
        guard session.record.interruption == nil || session.record.interruption == .deadline else {
            return try render(session.record, of: session)
        }
        var rendered: [String: RedactedBytes]?
        for phase in session.record.header.phases where phase > .validation {
            progress(.phaseStarted(phase, checks: 0))
            try session.append(.phaseStarted(phase))
            if rendered == nil {
                if session.record.interruption == nil { try await askAgain(session) }
                rendered = try render(session.record.finishingDocumentPhases(at: now()), of: session)
            }
            try session.append(.phaseFinished(phase))
            progress(.phaseFinished(phase))
        }
        return try rendered ?? render(session.record, of: session)
    }

    private func render(_ record: RunRecord, of session: RunSession) throws -> [String: RedactedBytes] {
        try documents.render(
            record, of: session.directory, baseline: session.baseline, redactor: session.redactor)
    }

    private func stateFiles(
        _ session: RunSession, documents: [String: RedactedBytes]
    ) throws -> [String: RedactedBytes] {
        try StateFile.files(of: session.record, documents: Array(documents.keys), redactor: session.redactor)
    }
}

extension RunRecord {
    /// The record as it is when the documents exist.
    fileprivate func finishingDocumentPhases(at date: Date) -> RunRecord {
        var record = self
        for phase in header.phases where phase > .validation {
            record.phases.removeAll { $0.phase == phase }
            record.phases.append(PhaseRecord(phase: phase, startedAt: date, finishedAt: date))
        }
        return record
    }
}

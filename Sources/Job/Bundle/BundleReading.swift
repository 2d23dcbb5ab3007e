import ArtifactBundle
import Foundation
import RunModel

/// How much of a bundle is read.
public struct BundleReading: Sendable {
    var archive: BundleLimits
    var journal: JournalLimits?
    /// How long documents may be made from it; nil for as long as it takes.
    var rendering: Duration?

    /// For one that may come from anybody: half a minute and a quarter of a gigabyte of memory are enough for it, whatever it holds.
    public static let untrusted = BundleReading(
        archive: .untrusted, journal: .untrusted, rendering: .seconds(15))

    /// For one that is known to be large and ours: as much as can be written, for as long as it takes.
    public static let trusted = BundleReading(archive: BundleLimits(), journal: nil, rendering: nil)

    func reader(of path: String) -> BundleReader { BundleReader(URL(fileURLWithPath: path), limits: archive) }

    /// Reads the journal of a run that was unpacked from a bundle.
    ///
    /// - Parameter bundle: for messages.
    func account(of run: RunDirectory, from bundle: String) throws -> JournalAccount {
        guard FileManager.default.fileExists(atPath: run.journalPath) else {
            throw BundleError(.noSuchEntry, RunDirectory.journalName, "is not in \(bundle)")
        }
        do throws(JournalError) {
            return try JournalAccount.read(path: run.journalPath, within: journal)
        } catch {
            throw error.naming("\(bundle):\(RunDirectory.journalName)")
        }
    }
}

import CheckKit
import Formats
import Foundation
import LoadEngine
import RunModel

/// The loads that a run keeps, one file each: `metrics/<check>/<number>.json`.
public struct LoadArchive: Sendable {
    /// Of the run that is under way.
    public let directory: URL
    /// Of the run that it is compared with, nil when there is none.
    public let baseline: URL?

    public init(directory: URL, baseline: URL?) {
        self.directory = directory
        self.baseline = baseline
    }

    /// The file of a load, from the archive's directory.
    static func path(of check: CheckID, number: Int) -> String { "\(check)/\(number).json" }

    /// Whether a path, from the archive's directory, is that of a load: other records lie beside them.
    public static func isLoad(_ path: String) -> Bool {
        path.wholeMatch(of: /[^\/]+\/[0-9]+\.json/) != nil
    }

    /// What a recorder kept, as files by their path from the archive's directory.
    public static func files(of check: CheckID, _ contents: Recorder.Contents) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for (number, load) in contents.loads.enumerated() {
            let kept = KeptLoad(check: check, load: load.name, report: load.report)
            files[path(of: check, number: number + 1)] = [UInt8](try JSON.data(kept))
        }
        return files
    }

    /// Every load under a directory; none when there is no such directory.
    ///
    /// - Throws: when a file cannot be read as a load.
    static func loads(in directory: URL) throws -> [KeptLoad] {
        let names = (FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? [])
        return try names.filter(isLoad).sorted().map { name in
            do {
                return try JSON.decode(KeptLoad.self, from: Data(contentsOf: directory.appending(path: name)))
            } catch {
                throw UnreadableLoad(path: name, reason: "\(error)")
            }
        }
    }
}

/// A kept load that is damaged, or of a form that this build does not know.
struct UnreadableLoad: Error, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { "\(path) cannot be read as a kept load: \(reason)" }
}

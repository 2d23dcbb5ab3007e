import ArgumentParser
import ArtifactBundle
import Foundation
import Job
import Processes

/// How a bundle is read that may come from anybody.
struct BundleOptions: ParsableArguments {
    @Flag(
        name: .long,
        help: "Read a bundle however large it is and however long it takes; for one that you know to be yours.")
    var large = false

    var limits: BundleReading { large ? .trusted : .untrusted }

    func rendering(with templates: TemplateOptions) throws -> Rendering {
        Rendering(
            documents: try templates.documents(),
            build: RunIdentity(environment: ProcessInfo.processInfo.environment).build, limits: limits)
    }

    /// Does what reads a run, wherever that is, and gives damage of one its exit code.
    ///
    /// - Parameter work: gets the path of a bundle, an unpacked bundle or a state directory.
    func reading<Result>(
        _ place: String, _ work: (_ path: String) async throws -> Result
    ) async throws -> Result {
        try await Self.reading {
            try await RunPlace(place, variables: LaunchEnvironment.variables).reading(limits) { path in
                try await Self.reading(place, at: path, work)
            }
        }
    }

    /// The same for a bundle; of a state in S3 it is the one that was delivered last.
    func readingBundle<Result>(
        _ place: String, _ work: (_ path: String) async throws -> Result
    ) async throws -> Result {
        try await Self.reading {
            try await RunPlace(place, variables: LaunchEnvironment.variables).readingBundle(limits) { path in
                try await Self.reading(place, at: path, work)
            }
        }
    }

    /// Names the place that the user knows in what is said of the path where it was put for a while.
    private static func reading<Result>(
        _ place: String, at path: String, _ work: (_ path: String) async throws -> Result
    ) async throws -> Result {
        do {
            return try await reading { try await work(path) }
        } catch let failure as CommandFailure {
            throw failure.naming(place, insteadOf: path)
        }
    }

    /// Does what reads a bundle, and gives damage of one its exit code.
    static func reading<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as BundleError {
            switch error.code {
            case .damaged, .noSuchEntry: throw CommandFailure.unsoundBundle("\(error)")
            case .tooLarge:
                throw CommandFailure.unsoundBundle(
                    "\(error). A bundle that you know to be yours can be read with --large")
            case .inputOutput, .badSource: throw CommandFailure.usage("\(error)")
            default: throw error
            }
        } catch let error as RenderingTimeout {
            throw CommandFailure.unsoundBundle("\(error)")
        } catch let error as OutsideJSONError {
            throw CommandFailure.unsoundBundle("the baseline in the bundle is not read: \(error)")
        } catch let error as SnapshotProblem {
            throw CommandFailure.unsoundBundle("\(error)")
        } catch let error as JournalError {
            throw CommandFailure.unsoundBundle("\(error)")
        }
    }
}

/// Which templates documents are made from.
struct TemplateOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Templates that replace ours, by file name.", valueName: "directory"))
    var templates: String?

    func documents() throws -> DocumentSet {
        try DocumentSet(templatesDirectory: templates.map { URL(fileURLWithPath: $0, isDirectory: true) })
    }
}

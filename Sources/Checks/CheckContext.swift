import FaultInjection
import Foundation
import HTTPClient
import Logging
import RunModel

/// All that a check may use: the configuration, the clients, and the recorder that keeps what it finds.
public struct CheckContext: Sendable {
    public let configuration: Configuration
    public let runID: RunID
    /// The check that runs.
    public let descriptor: CheckDescriptor
    /// Facts that checks before this one established.
    public let facts: [String: String]
    /// Set up with the configuration's addresses and certificate authority; shared by all checks.
    public let http: HTTPClient
    /// Where everything that must be taken back is written down before it is made.
    public let undoLog: UndoLog
    /// Takes back what the log says is open.
    public let undoReplay: UndoReplay
    /// Breaks dependencies and mends them again, where the run has leave; nil where nothing may be broken.
    public let faults: Faults?
    /// What AWS says, collected once for all checks of the run.
    public let aws: AWSSnapshotStore
    /// The loads of this run and of the one it is compared with; nil where none are kept.
    public let loads: LoadArchive?
    /// Keeps evidence, measurements and facts.
    public let recorder: Recorder
    /// Carries run id, phase and check.
    public let log: Logger
    /// The environment variables of the process.
    public let environment: [String: String]
    /// Where the run looks from, for messages about what cannot be reached.
    public let vantage: String

    public init(
        configuration: Configuration, runID: RunID, descriptor: CheckDescriptor, facts: [String: String],
        http: HTTPClient, undoLog: UndoLog, undoReplay: UndoReplay, recorder: Recorder, log: Logger,
        environment: [String: String], vantage: String, faults: Faults? = nil,
        aws: AWSSnapshotStore = AWSSnapshotStore(), loads: LoadArchive? = nil
    ) {
        self.configuration = configuration
        self.runID = runID
        self.descriptor = descriptor
        self.facts = facts
        self.http = http
        self.undoLog = undoLog
        self.undoReplay = undoReplay
        self.faults = faults
        self.aws = aws
        self.loads = loads
        self.recorder = recorder
        self.log = log
        self.environment = environment
        self.vantage = vantage
    }

    /// The profile of the deployment, if the fingerprint could tell.
    public var profile: DeploymentProfile? {
        facts[DeploymentProfile.factName].flatMap(DeploymentProfile.init(rawValue:))
    }

    /// A key of the configuration in clear.
    ///
    /// - Throws: ``Stop`` with `skipped` when it is not configured or its variable is not set.
    public func key(_ name: String) throws -> String {
        guard let secret = configuration.keys[name] else {
            throw Stop.skipped("no key ‘\(name)’ is configured; add `keys: { \(name): ${env:NAME} }`")
        }
        guard let value = secret.reveal() else {
            throw Stop.skipped("the key ‘\(name)’ is configured as \(secret.source), which gives no value")
        }
        return value
    }

    /// The base URL of a configured service.
    ///
    /// - Throws: ``Stop`` with `skipped` when it is not configured.
    public func url(of service: String, path: String = "") throws -> String {
        guard let base = configuration.services.url(of: service) else {
            throw Stop.skipped("`services.\(service.replacing("-", with: "_"))` is not configured")
        }
        return base + path
    }

    /// A threshold of a check: the configuration's `thresholds` value under `<check id>.<name>`, else the check's own.
    public func threshold(_ name: String, default own: Double) -> Double {
        configuration.thresholds["\(descriptor.id).\(name)"] ?? own
    }
}

import Foundation
import HTTPClient
import Logging
import RunModel

/// All that a check may use: what the run shares, what is known so far, and the recorder that keeps what it finds.
@dynamicMemberLookup
public struct CheckContext: Sendable {
    /// Shared by all checks of the run; its parts are read as if they were the context's own.
    public let services: RunServices
    /// The check that runs.
    public let descriptor: CheckDescriptor
    /// Facts that checks before this one established.
    public let facts: [FactName: String]
    /// Keeps evidence, measurements and facts.
    public let recorder: Recorder
    /// Carries run id, phase and check.
    public let log: Logger

    public init(
        services: RunServices, descriptor: CheckDescriptor, facts: [FactName: String], recorder: Recorder, log: Logger
    ) {
        self.services = services
        self.descriptor = descriptor
        self.facts = facts
        self.recorder = recorder
        self.log = log
    }

    public subscript<Value>(dynamicMember part: KeyPath<RunServices, Value>) -> Value { services[keyPath: part] }

    /// The profile of the deployment, if the fingerprint could tell.
    public var profile: DeploymentProfile? {
        facts[.profile].flatMap(DeploymentProfile.init(rawValue:))
    }

    /// A key of the configuration in clear.
    ///
    /// - Throws: ``Stop`` with `skipped` when it is not configured or its variable is not set.
    public func key(_ name: KeyName) throws -> String {
        guard let secret = services.configuration.keys[name.rawValue] else {
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
    public func url(of service: Service, path: String = "") throws -> String {
        guard let base = services.configuration.services.url(of: service) else {
            throw Stop.skipped("`\(service.setting)` is not configured")
        }
        return base + path
    }

    /// A threshold of a check: the configuration's `thresholds` value under `<check id>.<name>`, else the check's own. It is
    /// part of what a pass says.
    public func threshold(_ name: String, default own: Double) -> Double {
        let value = services.configuration.thresholds["\(descriptor.id).\(name)"] ?? own
        recorder.limit(name, value)
        return value
    }
}

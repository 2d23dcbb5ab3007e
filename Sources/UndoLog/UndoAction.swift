import Formats
import Foundation

/// One step that takes a change back. Every kind may be performed twice without harm.
public enum UndoAction: Hashable, Sendable {
    /// An HTTP request that must be answered with one of the statuses.
    case http(HTTPAction)
    /// Finds by name what got its identifier only when it was made, then sends a request with that identifier.
    case find(FindAction)
    /// A signal to a process, if it is still the same process: `startTime` is field 22 of `/proc/PID/stat`.
    case process(ProcessAction)
    /// A command that must end with status 0 before the deadline.
    case command(CommandAction)
    /// Stops every ECS task that was started under a mark.
    case stopTasks(TasksAction)
    /// Gives an ECS service its number of tasks back.
    case setDesiredCount(ServiceAction)
    /// Removes an object of S3; one that is not there is as good as removed.
    case deleteObject(ObjectAction)

    public struct HTTPAction: Hashable, Sendable, Codable {
        public var method: String
        public var url: String
        public var headers: [String: String]
        public var body: String?
        /// Statuses that mean done; include the one for "was not there", such as 404 after a DELETE.
        public var expectedStatuses: [Int]
        /// A header whose value is a secret: only the secret's name is written down, its value is added at replay.
        public var secretHeader: SecretHeader?

        public init(
            method: String, url: String, headers: [String: String] = [:], body: String? = nil,
            expectedStatuses: [Int], secretHeader: SecretHeader? = nil
        ) {
            self.method = method
            self.url = url
            self.headers = headers
            self.body = body
            self.expectedStatuses = expectedStatuses
            self.secretHeader = secretHeader
        }
    }

    public struct FindAction: Hashable, Sendable, Codable {
        /// What stands in `then` for the identifier that was found.
        public static let placeholder = "‹found›"

        /// Answers with JSON; one of its expected statuses must be the one for "was not there", such as 404.
        public var search: HTTPAction
        /// Where the identifiers are in the answer of `search`, such as `experiment.experiment_id`, or
        /// `experiments[*].experiment_id` for every element of a list. Nothing there means nothing to do.
        public var identifierPath: String
        public var then: HTTPAction

        public init(search: HTTPAction, identifierPath: String, then: HTTPAction) {
            self.search = search
            self.identifierPath = identifierPath
            self.then = then
        }
    }

    public struct SecretHeader: Hashable, Sendable, Codable {
        public var name: String
        /// What stands before the secret in the value, such as `Bearer ` with its space.
        public var prefix: String
        public var secret: String
        /// Shows that whoever wrote the action down knew the secret; added when it is written down.
        var proof: String?

        public init(name: String, prefix: String = "", secret: String) {
            self.name = name
            self.prefix = prefix
            self.secret = secret
        }
    }

    public struct ProcessAction: Hashable, Sendable, Codable {
        public var pid: Int32
        public var startTime: UInt64
        public var signal: Int32
        /// Whether the signal goes to the whole process group that `pid` leads.
        public var wholeGroup: Bool

        public init(pid: Int32, startTime: UInt64, signal: Int32, wholeGroup: Bool = false) {
            self.pid = pid
            self.startTime = startTime
            self.signal = signal
            self.wholeGroup = wholeGroup
        }
    }

    public struct TasksAction: Hashable, Sendable, Codable {
        public var cluster: String
        public var startedBy: String

        public init(cluster: String, startedBy: String) {
            self.cluster = cluster
            self.startedBy = startedBy
        }
    }

    public struct ServiceAction: Hashable, Sendable, Codable {
        public var cluster: String
        public var service: String
        public var desiredCount: Int

        public init(cluster: String, service: String, desiredCount: Int) {
            self.cluster = cluster
            self.service = service
            self.desiredCount = desiredCount
        }
    }

    public struct ObjectAction: Hashable, Sendable, Codable {
        public var bucket: String
        public var key: String

        public init(bucket: String, key: String) {
            self.bucket = bucket
            self.key = key
        }
    }

    public struct CommandAction: Hashable, Sendable, Codable {
        public var arguments: [String]
        /// In seconds.
        public var deadline: Double

        public init(arguments: [String], deadline: Duration) {
            self.arguments = arguments
            self.deadline = Double(deadline.components.seconds) + Double(deadline.components.attoseconds) / 1e18
        }
    }
}

extension UndoAction: CustomStringConvertible {
    /// What a person would do by hand.
    public var description: String {
        switch self {
        case .http(let action):
            "\(action.method) \(action.url)\(action.body.map { " with body \($0)" } ?? "")"
        case .find(let action):
            "\(action.search.method) \(action.search.url), then \(action.then.method) \(action.then.url)"
                + "\(action.then.body.map { " with body \($0)" } ?? "") for each \(action.identifierPath)"
        case .process(let action):
            "send signal \(action.signal) to process\(action.wholeGroup ? " group" : "") \(action.pid)"
        case .command(let action): action.arguments.joined(separator: " ")
        case .stopTasks(let action): "stop the tasks of cluster \(action.cluster) started by \(action.startedBy)"
        case .setDesiredCount(let action):
            "set the desired count of service \(action.service) in cluster \(action.cluster) to \(action.desiredCount)"
        case .deleteObject(let action): "remove s3://\(action.bucket)/\(action.key)"
        }
    }
}

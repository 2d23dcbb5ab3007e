import Formats
import Secrets

/// A tag or a parameter.
public struct KeyValue: Sendable, Hashable, Codable {
    public var key: String
    public var value: String

    public init(_ key: String, _ value: String) {
        self.key = key
        self.value = value
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        key = try container.decode(String.self, forKey: .key)
        // An empty value is left out of the answer.
        value = try container.decodeIfPresent(String.self, forKey: .value) ?? ""
    }

    var json: JSONValue { ["key": .string(key), "value": .string(value)] }
}

/// A value of a metric at a moment.
public struct MetricPoint: Sendable, Hashable, Codable {
    public var key: String
    public var value: Double
    /// Milliseconds since 1970.
    public var timestamp: Int64
    public var step: Int64

    public init(_ key: String, _ value: Double, timestamp: Int64, step: Int64 = 0) {
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.step = step
    }

    private enum CodingKeys: String, CodingKey { case key, value, timestamp, step }

    /// Numbers of 64 bits may come as strings, and so do the values JSON has no number for: those are all read as NaN.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ name: CodingKeys) throws -> String {
            (try container.decodeIfPresent(JSONValue.self, forKey: name) ?? .integer(0)).text
        }
        key = try container.decode(String.self, forKey: .key)
        func whole(_ name: CodingKeys) throws -> Int64 {
            let text = try text(name)
            if let number = Int64(text) ?? Double(finite: text).flatMap({ Int64(exactly: $0) }) { return number }
            throw DecodingError.dataCorruptedError(
                forKey: name, in: container, debugDescription: "expected a whole number, got \(text.excerpt(40))")
        }
        value = Double(finite: try text(.value)) ?? .nan
        timestamp = try whole(.timestamp)
        step = try whole(.step)
    }

    var json: JSONValue {
        ["key": .string(key), "value": .number(value), "timestamp": .integer(timestamp), "step": .integer(step)]
    }
}

public struct Experiment: Sendable, Hashable, Codable {
    public var experiment_id: String
    public var name: String
    public var artifact_location: String?
    /// `active` or `deleted`.
    public var lifecycle_stage: String?
    public var tags: [KeyValue]?
}

public struct Run: Sendable, Hashable, Codable {
    public struct Info: Sendable, Hashable, Codable {
        public var run_id: String
        public var run_name: String?
        public var experiment_id: String
        public var status: String?
        public var artifact_uri: String?
        public var lifecycle_stage: String?
    }

    public struct Contents: Sendable, Hashable, Codable {
        public var metrics: [MetricPoint]?
        public var params: [KeyValue]?
        public var tags: [KeyValue]?
    }

    public var info: Info
    public var data: Contents?
}

public struct RegisteredModel: Sendable, Hashable, Codable {
    public struct Alias: Sendable, Hashable, Codable {
        public var alias: String
        public var version: String
    }

    public var name: String
    public var description: String?
    public var latest_versions: [ModelVersion]?
    public var tags: [KeyValue]?
    public var aliases: [Alias]?
}

public struct ModelVersion: Sendable, Hashable, Codable {
    public var name: String
    public var version: String
    /// `PENDING_REGISTRATION`, `READY`, `FAILED_REGISTRATION`.
    public var status: String?
    public var current_stage: String?
    public var source: String?
    public var run_id: String?
    public var description: String?
    public var tags: [KeyValue]?
    public var aliases: [String]?
}

public struct ArtifactFile: Sendable, Hashable, Codable {
    public var path: String
    public var is_dir: Bool?
    public var file_size: JSONValue?

    /// In bytes; nil for a directory.
    public var size: Int? { file_size.flatMap { Int($0.text) } }
}

/// The states a run can be set to.
public enum RunStatus: String, Sendable, Codable, CaseIterable {
    case running = "RUNNING"
    case scheduled = "SCHEDULED"
    case finished = "FINISHED"
    case failed = "FAILED"
    case killed = "KILLED"
}

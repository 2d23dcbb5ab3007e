import Diagnosis
import RunModel

/// The line under version control that a finding belongs to: that of the Terraform resource whose change fits it, else that of
/// the configuration's section on the service at fault.
struct SourcePlace {
    /// From the repository's root.
    let path: String
    /// Counted from 1.
    let line: Int

    /// The option of a run that names its configuration.
    static let option = "config"

    /// Nil when the run knows no file of the repository.
    init?(of row: FindingRow) {
        let declared = row.finding.changes.lazy.compactMap(\.place).first { Self.isRelative($0.path) && $0.line > 0 }
        if let declared {
            (path, line) = (declared.path, declared.line)
            return
        }
        let header = row.document.header
        guard let file = header.options[Self.option], Self.isRelative(file) else { return nil }
        path = file
        line = Self.keys(of: row).lazy.compactMap { header.lines?[$0] }.first { $0 > 0 } ?? 1
    }

    /// The settings that the finding is about, the nearest first.
    private static func keys(of row: FindingRow) -> [String] {
        switch row.finding.fault?.component.kind {
        case .database, .databaseInstance: return ["database.host", "database"]
        case .redis, .cache, .queue: return ["redis.host", "redis"]
        case .service:
            switch row.finding.fault?.component {
            case .auth: return ["services.auth", "services"]
            case .mlflow: return ["services.mlflow_direct", "services.mlflow", "services"]
            default: break
            }
        default: break
        }
        switch row.root?.descriptor.category {
        case .database: return ["database.host", "database"]
        case .redis: return ["redis.host", "redis"]
        case .aws, .permissions: return ["aws.cluster", "aws"]
        case .mlflow: return ["services.mlflow", "services.registry", "services.api", "services"]
        case .registration: return ["services.registry", "services.api", "services"]
        case .authentication: return ["services.auth", "services.api", "services"]
        case .probes: return ["probes"]
        case .suites: return ["suites"]
        default: return ["services.api", "services"]
        }
    }

    /// A path that a reader of the repository can open, and nothing that leads elsewhere.
    private static func isRelative(_ path: String) -> Bool {
        !path.isEmpty && !path.hasPrefix("/") && !path.contains("..") && !path.contains(":")
            && path.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F && $0 != "\\" && $0 != "%" }
    }
}

extension Finding {
    /// The same from run to run: of the rule and the check, and of nothing that was measured.
    func fingerprint(in environment: String) -> String { "\(environment)/\(id)" }
}

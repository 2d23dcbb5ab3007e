import AWSClient
import Formats
import Foundation

/// Whether the engine of an instance is one that AWS supports.
enum EngineSupport {
    /// Last days of RDS standard support by major version of PostgreSQL (RDS for PostgreSQL release calendar).
    private static let lastDays = [
        9: "2022-04-26", 10: "2023-04-17", 11: "2024-02-29", 12: "2025-02-28", 13: "2026-02-28", 14: "2027-02-28",
        15: "2028-02-29", 16: "2029-02-28", 17: "2030-02-28",
    ]

    static func defect(
        of instance: RDS.Instance, _ expectations: AWSExpectations, _ now: Date
    ) -> (message: String, expected: String, got: String)? {
        let wanted = Int(clamping: expectations.threshold("major_version", 0))
        let major = instance.engineVersion?.split(separator: ".").first.flatMap { Int($0) }
        let got = "\(instance.engine ?? "?") \(instance.engineVersion ?? "?")"
        let isPostgreSQL = instance.engine == "postgres" || instance.engine == "aurora-postgresql"
        if wanted > 0 {
            return isPostgreSQL && major == wanted ? nil : ("the engine is \(got)", "postgres \(wanted)", got)
        }
        guard isPostgreSQL else { return ("the engine is \(got)", "postgres", got) }
        guard let major, let day = lastDays[major], let end = Timestamp.date(day + "T23:59:59Z"), end < now else {
            return nil
        }
        return ("the engine is \(got), whose standard support ended on \(day)", "a supported major version", got)
    }
}

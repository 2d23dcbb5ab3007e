import AWSClient
import Formats

/// How many connections an instance takes: what its parameter group says, for the memory of its class.
struct ConnectionLimit {
    let count: Double
    /// Where it comes from: `orion-pg15 for db.m6g.large`.
    let origin: String

    /// What RDS sets for PostgreSQL where a group says nothing (RDS user guide: maximum number of database connections).
    private static let standard = "LEAST({DBInstanceClassMemory/9531392},5000)"

    /// Nil where the class's memory is not known and the value rests on it.
    init?(of instance: RDS.Instance, groups: [String: [String: String]]) {
        let name = instance.dbParameterGroups.compactMap(\.dbParameterGroupName).first {
            groups[$0]?["max_connections"] != nil
        }
        let formula = name.flatMap { groups[$0]?["max_connections"] }.flatMap { $0.isEmpty ? nil : $0 }
        guard formula != nil || instance.engine == "postgres" else { return nil }
        let instanceClass = instance.dbInstanceClass ?? ""
        var variables: [String: Double] = [:]
        variables["DBInstanceClassMemory"] = InstanceClass(instanceClass)?.memory
        variables["AllocatedStorage"] = instance.allocatedStorage.map { Double($0) * 1_073_741_824 }
        guard let value = ParameterFormula.value(formula ?? Self.standard, variables: variables), value >= 1 else {
            return nil
        }
        count = value.rounded(.down)
        origin = "\(name ?? "the engine's default") on \(instanceClass)"
    }
}

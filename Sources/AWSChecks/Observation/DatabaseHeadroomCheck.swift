import AWSClient
import CheckKit
import Formats
import RunModel

/// AWS-CW-06: the database has connections, CPU and storage to spare, measured against its own limits.
struct DatabaseHeadroomCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.metrics, .databases, .databaseParameters]
    let passingNote = "the database has connections, CPU and storage to spare"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-CW-06", "The database has connections, CPU and storage to spare",
            intent:
                "Figures of the hour before the run, against what parameter group, instance class and storage autoscaling allow.",
            severity: .high, risk: "The database refuses connections, slows down or stops.",
            remediation: Remediation(
                summary:
                    "Close idle connections or take a larger class; raise the maximum of the storage; compare with the change record.",
                command: "aws rds modify-db-instance --db-instance-identifier NAME --max-allocated-storage GIB"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let name = expectations.settings.databaseInstance
        let windows = try snapshot.metrics.known()
        guard let instance = try snapshot.databases.known().first(where: { $0.dbInstanceIdentifier == name }) else {
            throw Stop.inconclusive(
                .obstacle(.nothingToLookAt, of: .aws(.databaseInstance, name)),
                "the database instance \(name) does not exist; see AWS-RDS-01")
        }
        let figures = DatabaseFigures(name: name, instance: instance, windows: windows, expectations: expectations)
        let groups = snapshot.databaseParameters.compactMapValues(\.answer)
        analysis.look(at: name) { analysis in
            try figures.judgeConnections(ConnectionLimit(of: instance, groups: groups), &analysis)
        }
        analysis.look(at: name) { try figures.judgeProcessor(&$0) }
        analysis.look(at: name) { try figures.judgeStorage(&$0) }
        return analysis
    }
}

/// The figures of one instance and what they are measured against.
private struct DatabaseFigures {
    let name: String
    let instance: RDS.Instance
    let windows: MetricWindows
    let expectations: AWSExpectations

    private static let gibibyte = 1_073_741_824.0

    private var component: Component { .aws(.databaseInstance, name) }

    private func missing(_ figure: String) -> Stop {
        .inconclusive(
            .obstacle(.tooFewSamples, of: component), "CloudWatch has no samples of \(figure) in the last hour")
    }

    func judgeConnections(_ limit: ConnectionLimit?, _ analysis: inout Analysis) throws {
        guard let value = windows.largest("db_connections") else { throw missing("DatabaseConnections") }
        analysis.measurements.append(Metric("aws.rds.connections", value, .count))
        let share = expectations.threshold("connection_share", 0.8)
        let configured = expectations.threshold("connections", 0)
        let most: Double
        let origin: String
        if configured > 0 {
            (most, origin) = (configured, "the configured limit")
        } else if let limit {
            (most, origin) = (
                (limit.count * share).rounded(.down), "\(limit.count.wholeText) connections of \(limit.origin)"
            )
        } else {
            throw Stop.inconclusive(
                .obstacle(.nothingToLookAt, of: component),
                "how many connections \(instance.dbInstanceClass ?? "the instance") takes is not known; set the limit `AWS-CW-06.connections`"
            )
        }
        analysis.remarks.append("\(name): \(value.wholeText) connections at most, against \(origin)")
        if value >= most {
            analysis.found(
                .excess(component, .connections), name,
                "\(value.wholeText) connections were open at once, near \(origin)", expected: "below \(most.wholeText)",
                got: value.wholeText)
        }
    }

    func judgeProcessor(_ analysis: inout Analysis) throws {
        let most = expectations.threshold("cpu", 80)
        guard let value = windows.sustained("db_cpu") else { throw missing("CPUUtilization") }
        analysis.measurements.append(Metric("aws.rds.cpu", value, .count))
        if value >= most {
            analysis.found(
                .excess(component, .processor), name, "CPU stayed at \(value.wholeText) % for minutes",
                expected: "below \(most.wholeText) %", got: "\(value.wholeText) %")
        }
        guard InstanceClass(instance.dbInstanceClass ?? "")?.isBurstable == true else { return }
        guard let first = windows.first("db_credits"), let last = windows.last("db_credits") else {
            throw missing("CPUCreditBalance, which \(instance.dbInstanceClass ?? "a burstable class") lives on")
        }
        analysis.remarks.append("\(name): \(last.wholeText) CPU credits left")
        // An instance that was just made begins with few and earns more every minute.
        if last < expectations.threshold("credits", 10), last <= first {
            analysis.found(
                .excess(component, .processor), name,
                "the CPU credits of \(instance.dbInstanceClass ?? "the class") are nearly used up: it is slowed to its baseline, or what it uses is charged",
                expected: "at least \(expectations.threshold("credits", 10).wholeText) credits",
                got: "\(last.wholeText)")
        }
    }

    /// Autoscaling adds 10 GiB or a tenth of the storage, whichever is more, when less than a tenth is free, and never beyond its maximum
    /// (RDS user guide: managing capacity automatically with storage autoscaling).
    func judgeStorage(_ analysis: inout Analysis) throws {
        guard let bytes = windows.smallest("db_storage") else { throw missing("FreeStorageSpace") }
        analysis.measurements.append(Metric("aws.rds.free_storage", bytes, .bytes))
        let free = bytes / Self.gibibyte
        let allocated = instance.allocatedStorage.map(Double.init) ?? 0
        let step = max(10, allocated / 10)
        let ceiling = instance.maxAllocatedStorage.map(Double.init)
        let canGrow = ceiling.map { allocated + step <= $0 } ?? false
        let least = expectations.threshold("free_gib", 2)
        if let ceiling, ceiling > allocated, !canGrow, free < allocated / 10 {
            analysis.found(
                .excess(component, .storage), name,
                "\(Self.text(free)) GiB of \(Self.text(allocated)) GiB storage are free, and autoscaling stops at \(Self.text(ceiling)) GiB",
                expected: "room for a step of \(Self.text(step)) GiB", got: "\(Self.text(ceiling - allocated)) GiB")
        } else if free < least || (!canGrow && free < allocated / 20) {
            analysis.found(
                .excess(component, .storage), name,
                "only \(Self.text(free)) GiB of \(Self.text(allocated)) GiB storage are free",
                expected: "at least \(Self.text(max(least, canGrow ? least : allocated / 20))) GiB",
                got: "\(Self.text(free)) GiB")
        }
    }

    private static func text(_ gibibytes: Double) -> String {
        gibibytes == gibibytes.rounded() ? gibibytes.wholeText : "\((gibibytes * 10).rounded() / 10)"
    }
}

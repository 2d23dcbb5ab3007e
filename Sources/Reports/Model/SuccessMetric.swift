import Diagnosis
import Formats
import RunModel

/// A figure by which a run is measured, with what it should be.
struct SuccessMetric {
    let name: String
    let value: String
    let wanted: String
    /// Nil where nothing was measured.
    let isMet: Bool?

    var verdict: String { isMet.map { $0 ? "met" : "not met" } ?? "not measured" }

    static func all(in document: Document) -> [SuccessMetric] {
        [
            completion(document), original(document), availability(document), responseTimes(document),
            errorRates(document),
        ]
    }

    private static func completion(_ document: Document) -> SuccessMetric {
        let rows = document.rows
        let done = rows.count { row in
            row.result.map { ![.blocked, .skipped].contains($0.status) } ?? false
        }
        return SuccessMetric(
            name: "Execution completed", value: "\(done) of \(Figure.count(rows.count, "planned check"))",
            wanted: "every planned check runs", isMet: rows.isEmpty ? nil : done == rows.count)
    }

    private static func original(_ document: Document) -> SuccessMetric {
        let tests = document.rows.filter { $0.descriptor.original != nil }
        let ran = tests.count(where: \.hasRun)
        return SuccessMetric(
            name: "Tests of the original suite run", value: "\(ran) of \(tests.count)", wanted: "all of them",
            isMet: tests.isEmpty ? nil : ran == tests.count)
    }

    /// Nobody promises a figure for the undisturbed platform; below this one of a hundred requests is lost.
    private static let wantedAvailability = 0.99

    private static func availability(_ document: Document) -> SuccessMetric {
        let service = document.services[0]
        return SuccessMetric(
            name: "Availability of the API", value: service.availability,
            wanted: "at least \(Figure.share(wantedAvailability))",
            isMet: service.availabilityShare.map { $0 >= wantedAvailability })
    }

    private static func responseTimes(_ document: Document) -> SuccessMetric {
        let compared = document.record.fact(.responseTimeComparison)
        return SuccessMetric(
            name: "Response times compared with the earlier run", value: compared ?? "no earlier run to compare with",
            wanted: "not slower", isMet: compared.map { !$0.hasPrefix("slower") })
    }

    /// Of answers under load: the original suite wants nine of ten to succeed (contract §6.1).
    private static let wantedErrors = 0.1

    private static func errorRates(_ document: Document) -> SuccessMetric {
        let loads = document.tables.latencies.compactMap(\.errors)
        let good = loads.count { $0 <= wantedErrors }
        return SuccessMetric(
            name: "Loads whose errors stay below the threshold",
            value: "\(good) of \(Figure.count(loads.count, "load"))",
            wanted: "errors at most \(Figure.share(wantedErrors)) of the answers",
            isMet: loads.isEmpty ? nil : good == loads.count)
    }
}

import Formats
import Foundation
import RunModel

/// One line of the evidence index: a piece of evidence, or something that was done to the target meanwhile.
struct EvidenceEntry {
    let at: Date?
    let what: String
    let status: String
    let took: String
    let reference: EvidenceReference?
    let root: String

    /// Of one check, in the order of time; what has no moment of its own stands where it was kept.
    static func all(of row: CheckRow) -> [EvidenceEntry] {
        guard let result = row.result else { return [] }
        var last: Date? = result.startedAt
        let pieces = result.evidence.map { reference -> (Date?, EvidenceEntry) in
            let exchange = reference.exchange
            last = exchange?.at ?? last
            return (
                last,
                EvidenceEntry(
                    at: exchange?.at, what: exchange.map { "\($0.method) \($0.path)" } ?? reference.title,
                    status: exchange.map { $0.status.map(String.init) ?? "no answer" } ?? "–",
                    took: exchange?.duration.readable ?? "–", reference: reference, root: row.root)
            )
        }
        let faults = (result.faults ?? []).map { moment -> (Date?, EvidenceEntry) in
            (
                moment.at,
                EvidenceEntry(
                    at: moment.at, what: "fault: \(moment.what)", status: "–", took: "–", reference: nil, root: row.root
                )
            )
        }
        let all = Array((pieces + faults).enumerated())
        return all.sorted { left, right in
            (left.element.0 ?? .distantFuture, left.offset) < (right.element.0 ?? .distantFuture, right.offset)
        }.map(\.element.1)
    }
}

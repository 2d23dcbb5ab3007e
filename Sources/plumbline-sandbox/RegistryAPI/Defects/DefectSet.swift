import Formats

/// The defects that are switched on, read from `SANDBOX_DEFECTS`: `name` or `name=number`, separated by commas.
struct DefectSet: Sendable, Equatable {
    struct Unreadable: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    private var amounts: [Defect: Double] = [:]

    init(_ defects: Defect...) {
        for defect in defects { amounts[defect] = defect.defaultAmount ?? 0 }
    }

    init(parsing text: String) throws(Unreadable) {
        for entry in text.split(separator: ",") {
            let parts = entry.split(separator: "=", maxSplits: 1).map { String($0.filter { !$0.isWhitespace }) }
            guard let name = parts.first, !name.isEmpty else { continue }
            guard let defect = Defect(rawValue: name) else {
                throw Unreadable(
                    description:
                        "SANDBOX_DEFECTS: no defect '\(name)'; plumbline-sandbox serve-api --list-defects names all")
            }
            guard parts.count > 1 else {
                amounts[defect] = defect.defaultAmount ?? 0
                continue
            }
            guard defect.defaultAmount != nil, let amount = Double(finite: parts[1]), amount >= 0 else {
                throw Unreadable(
                    description: "SANDBOX_DEFECTS: '\(entry)': expected '\(name)'"
                        + (defect.defaultAmount == nil ? " without a number" : "=NUMBER, zero or more"))
            }
            amounts[defect] = amount
        }
    }

    func contains(_ defect: Defect) -> Bool { amounts[defect] != nil }

    /// The number of a switch that is on.
    func amount(_ defect: Defect) -> Double? { amounts[defect] }

    var flaws: Set<BreakerFlaw> { Set(amounts.keys.compactMap(\.flaw)) }
}

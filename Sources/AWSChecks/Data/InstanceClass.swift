import Formats

/// The name of an RDS instance class: `db.r6g.2xlarge`.
struct InstanceClass {
    /// `r6g`.
    let family: String
    private let size: String

    /// Nil for what is no class of a fixed size, such as `db.serverless`.
    init?(_ name: String) {
        let parts = name.split(separator: ".").map(String.init)
        guard parts.count >= 3, parts[0] == "db" else { return nil }
        (family, size) = (parts[1], parts[2])
    }

    /// Classes that earn CPU credits while they idle, and spend them.
    var isBurstable: Bool { family.first == "t" }

    /// In bytes, of the whole instance; nil for a class that is not known. A database has a little less: RDS's own processes take their part
    /// (RDS user guide: hardware specifications for DB instance classes).
    var memory: Double? {
        guard let large = Self.gibibytesOfLarge(family), let factor = sizeFactor else { return nil }
        return large * factor * 1_073_741_824
    }

    /// How many times the memory of the size `large`.
    private var sizeFactor: Double? {
        switch size {
        case "micro": return 1.0 / 8
        case "small": return 1.0 / 4
        case "medium": return 1.0 / 2
        case "large": return 1
        case "xlarge": return 2
        default:
            guard size.hasSuffix("xlarge"), let times = Double(finite: size.dropLast("xlarge".count)) else {
                return nil
            }
            return 2 * times
        }
    }

    private static func gibibytesOfLarge(_ family: String) -> Double? {
        switch family {
        case "m4", "t2", "t3", "t4g": return 8
        case "m3": return 7.5
        case "r3", "r4": return 15.25
        case "x1": return 30.5
        case "x1e": return 61
        case "x2g": return 32
        case "x2idn": return 32
        case "x2iedn", "x2iezn": return 64
        case "z1d": return 16
        default: break
        }
        guard let generation = family.dropFirst().first?.wholeNumberValue, generation >= 5 else { return nil }
        switch family.first {
        case "m": return 8
        case "r": return 16
        case "c": return 4
        default: return nil
        }
    }
}

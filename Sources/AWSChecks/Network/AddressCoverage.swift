/// What blocks of addresses cover together.
struct AddressCoverage {
    /// In order, not touching.
    private var ranges: [ClosedRange<UInt32>] = []
    private let hasAllOfIPv6: Bool

    init(_ blocks: [String]) {
        var found = blocks.compactMap(IPv4Block.init).map { $0.range }
        found.sort { $0.lowerBound < $1.lowerBound }
        for range in found {
            if let last = ranges.last, last.upperBound == .max || range.lowerBound <= last.upperBound + 1 {
                ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                ranges.append(range)
            }
        }
        let six = Set(blocks.filter { $0.contains(":") })
        hasAllOfIPv6 = six.contains("::/0") || six.isSuperset(of: ["::/1", "8000::/1"]) || six.contains("2000::/3")
    }

    /// How many addresses of IPv4 are covered, 0…1.
    var share: Double {
        ranges.reduce(0) { $0 + Double($1.upperBound - $1.lowerBound) + 1 } / 4_294_967_296
    }

    /// Whether nearly everybody is: more than half of the addresses of IPv4, or all of IPv6.
    var coversInternet: Bool { share > 0.5 || hasAllOfIPv6 }
}

extension IPv4Block {
    var range: ClosedRange<UInt32> { network...(prefix == 0 ? .max : network | (UInt32.max >> UInt32(prefix))) }
}

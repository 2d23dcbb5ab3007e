import Formats
import Foundation
import Testing

@testable import LoadEngine

@Suite struct LatencyHistogramTests {
    private func histogram(_ microseconds: [Int]) -> LatencyHistogram {
        microseconds.reduce(into: LatencyHistogram()) { $0.record(.microseconds($1)) }
    }

    @Test func `percentiles are right to a thousandth`() {
        let histogram = histogram(Array(1...100_000))
        for percentile in [1.0, 25, 50, 90, 95, 99, 99.9] {
            let exact = percentile / 100 * 100_000
            let measured = histogram.percentile(percentile).seconds * 1_000_000
            #expect(measured >= exact - 1 && measured <= exact * 1.001 + 1, "p\(percentile): \(measured) for \(exact)")
        }
        #expect(histogram.minimum == .microseconds(1))
        #expect(histogram.maximum == .microseconds(100_000))
        #expect(abs(histogram.mean.seconds - 0.0500005) < 2e-6)
    }

    @Test(arguments: [1, 7, 10, 100, 101])
    func `the original's formula picks the sorted value at ⌊p·n⌋`(count: Int) {
        let values = (1...count).map { $0 * 3 }
        let histogram = histogram(values.shuffled())
        for percentile in [50.0, 95, 99] {
            let index = min(count - 1, Int((percentile / 100 * Double(count)).rounded(.down)))
            #expect(histogram.originalPercentile(percentile) == .microseconds(values[index]))
        }
    }

    @Test func `merging loses nothing`() {
        let all = (0..<10_000).map { $0 * $0 % 999_983 + 1 }
        var merged = histogram(Array(all[..<3000]))
        merged.add(histogram(Array(all[3000...])))
        merged.add(LatencyHistogram())
        #expect(merged == histogram(all))
    }

    @Test func `storing loses nothing and stays small`() throws {
        let histogram = histogram((0..<5000).map { 1000 + $0 % 300 })
        let data = try JSON.data(histogram)
        #expect(data.count < 5000)
        let read = try JSON.decode(LatencyHistogram.self, from: data)
        #expect(read == histogram)
        #expect(read.percentile(99) == histogram.percentile(99))
        let nothing = try JSON.decode(LatencyHistogram.self, from: try JSON.data(LatencyHistogram()))
        #expect(nothing.isEmpty)
        #expect(nothing.minimum == .zero)
    }

    @Test(arguments: [
        #"{"unit":"µs","significantDigits":3,"minimum":0,"maximum":0,"sum":0,"values":[1],"counts":[]}"#,
        #"{"unit":"µs","significantDigits":3,"minimum":0,"maximum":0,"sum":0,"values":[1],"counts":[18446744073709551615]}"#,
        #"{"unit":"µs","significantDigits":3,"minimum":0,"maximum":0,"sum":0,"values":[99999999999],"counts":[1]}"#,
    ])
    func `a damaged histogram is refused`(text: String) {
        #expect(throws: DecodingError.self) {
            try JSON.decode(LatencyHistogram.self, from: Data(text.utf8))
        }
    }

    @Test func `more than ten minutes counts as ten minutes`() {
        let histogram = histogram([3_600_000_000])
        #expect(histogram.count == 1)
        #expect(histogram.maximum == .seconds(600))
    }

    @Test func `the distribution in doublings leaves nothing out`() {
        var histogram = LatencyHistogram()
        #expect(histogram.doublings.isEmpty)
        for milliseconds in [3, 3, 5, 40] { histogram.record(.milliseconds(milliseconds)) }
        let stretches = histogram.doublings
        #expect(stretches.map(\.share).reduce(0, +) == 1)
        #expect(stretches.first == .init(upTo: .microseconds(1600), share: 0))
        #expect(stretches.filter { $0.share > 0 }.map(\.share) == [0.5, 0.25, 0.25])
        #expect((stretches.last?.upTo ?? .zero) >= .milliseconds(40))
    }
}

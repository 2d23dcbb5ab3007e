import Testing

@testable import CheckKit

@Suite struct PrometheusTextTests {
    @Test("Samples, labels, types and special values are read") func reads() {
        let page = PrometheusText(
            """
            # HELP up Whether it is up
            # TYPE up gauge
            up 1
            requests_total{method="GET",path="/a \\"b\\" \\\\ c"} 1.5e3 1700000000000
            latency_bucket{le="+Inf"} +Inf
            nothing{} NaN
            #\tTYPE\tstate\tgauge
              state\t \t2.000e+00\t1700000000000
            info { name = "a" , other="b", } 1

            """)
        #expect(page.problems.isEmpty)
        #expect(page.types == ["up": "gauge", "state": "gauge"])
        #expect(page.value("state") == 2)
        #expect(page.samples.last?.labels == ["name": "a", "other": "b"])
        #expect(page.value("up") == 1)
        #expect(page.samples[1].labels == ["method": "GET", "path": "/a \"b\" \\ c"])
        #expect(page.samples[1].value == 1500)
        #expect(page.value("latency_bucket") == .infinity)
        #expect(page.value("nothing")?.isNaN == true)
    }

    @Test(
        "Lines that are no samples are told with their number",
        arguments: [
            "<html>", "1up 1", "up", "up one", "up{a=\"b} 1", "up{a=b} 1", "up 1 2 3",
        ])
    func problems(line: String) {
        let page = PrometheusText("up 1\n\(line)\n")
        #expect(page.problems.count == 1)
        #expect(page.problems.first?.hasPrefix("2: ") == true)
        #expect(page.samples.count == 1)
    }
}

import HTTPClient

extension LoadPlan {
    /// Refuses what could not be run as written; throws `LoadPlanError` that names the part, the bound and the value.
    public func validate() throws(LoadPlanError) {
        guard !requests.isEmpty else { throw LoadPlanError("a load plan needs at least one request") }
        for request in requests {
            guard (1...10_000).contains(request.weight) else {
                throw LoadPlanError("request \(request.name): expected a weight of 1…10000, got \(request.weight)")
            }
            do throws(HTTPError) {
                let sample = RequestTemplate.filled(request, number: 0)
                try HTTPRequest(
                    method: sample.method, url: sample.url, headers: sample.headers, body: sample.body
                ).validate()
                _ = try ParsedURL(sample.url, method: sample.method)
            } catch {
                throw LoadPlanError("request \(request.name): \(error.message) (\(error.url))")
            }
        }
        let names = Set(requests.map(\.name))
        for threshold in thresholds {
            guard let scope = threshold.scope, !names.contains(scope) else { continue }
            throw LoadPlanError(
                "threshold '\(threshold)': no request is named '\(scope)'; there are \(names.sorted().joined(separator: ", "))"
            )
        }
        try limits.validate()
        try executor.validate()
    }
}

extension LoadLimits {
    func validate() throws(LoadPlanError) {
        let bounds: [(String, Bool, String)] = [
            ("deadline", deadline >= .milliseconds(1) && deadline <= .seconds(600), "1 ms…600 s"),
            ("threads", (1...64).contains(threads), "1…64"),
            (
                "maximum in flight", maximumInFlight >= threads && maximumInFlight <= 20_000,
                "\(threads) (one a thread)…20000"
            ),
            ("maximum requests", maximumRequests >= 1, "1 or more"),
            ("maximum duration", maximumDuration > .zero, "more than 0"),
            ("maximum body", maximumBodyBytes >= 0, "0 or more"),
        ]
        for (name, holds, expected) in bounds where !holds {
            throw LoadPlanError("\(name): expected \(expected)")
        }
    }
}

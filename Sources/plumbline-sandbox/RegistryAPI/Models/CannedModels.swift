/// Endpoints whose answers are fixed in the original too: they never touch MLflow (contract §2.7).
enum CannedModels {
    static func add(to table: inout RouteTable<RegistryAPI.Route>, prefix: String) {
        table.get(prefix + "/compare") { _, call in compare(call.request) }
        table.get(prefix + "/production") { _, _ in .json(200, ["models": []]) }
        let version = prefix + "/{name}/{version}"
        table.get(version + "/metrics") { _, _ in .json(200, metrics) }
        table.get(version + "/lineage") { _, call in
            .json(
                200,
                [
                    "model": .string(call["name"]), "version": .string(call["version"]), "parents": [],
                    "datasets": [],
                ])
        }
        table.get(version + "/download") { _, call in
            .json(200, ["download_url": .string("/artifacts/\(call["name"])/\(call["version"])")])
        }
        table.get(version + "/predictions") { _, _ in .json(200, ["predictions": [], "total": 0]) }
        table.post(prefix + "/evaluate") { _, _ in .json(200, ["status": "completed", "accuracy": 0.95]) }
        table.post(prefix + "/batch") { _, _ in .json(200, ["results": [], "processed": 0]) }
    }

    private static let metrics: JSONValue = [
        "training_metrics": ["loss": 0.05, "accuracy": 0.95],
        "validation_metrics": ["loss": 0.07, "accuracy": 0.93],
        "production_metrics": ["latency_ms": 25, "throughput_rps": 100],
    ]

    private static func compare(_ request: ServiceRequest) -> ServiceResponse {
        let names = ["model1", "model2"]
        let missing = names.filter { request.query($0) == nil }
        guard missing.isEmpty else { return RequestValidationError.missing(missing, in: nil).response }
        let pairs = names.map { (request.query($0) ?? "").split(separator: ":", omittingEmptySubsequences: false) }
        guard pairs.allSatisfy({ $0.count == 2 }) else {
            return .detail(400, "Invalid model format. Use ModelName:Version")
        }
        let model = { (pair: [Substring], accuracy: Double) -> JSONValue in
            ["name": .string(String(pair[0])), "version": .string(String(pair[1])), "accuracy": .number(accuracy)]
        }
        return .json(
            200,
            [
                "model1": model(pairs[0], 0.95), "model2": model(pairs[1], 0.97), "delta": ["accuracy": 0.02],
                "recommendation": .string("Use version \(pairs[1][1])"),
            ])
    }
}

import MLflowClient

/// The limits of a server, by its version: characters of texts, elements of lists (contract §3.4, MLflow's
/// `utils/validation.py` of each version).
struct MLflowLimits: Hashable, Sendable {
    /// The first version they hold for.
    var since: MLflowVersion
    var parameterValue: Int
    var runTag: Int
    /// Of parameters, metrics and tags.
    var key = 250
    /// That every database takes: the column is of this size, whatever the server's own check says.
    var experimentName = 256
    /// The first length that is refused, by the server or by PostgreSQL.
    var experimentNameRefused = 501
    var experimentTag = 5000
    var metricsInBatch = 1000
    var parametersInBatch = 100
    var tagsInBatch = 100
    var allInBatch = 1000
    var experimentsInPage = 50_000
    var modelsInPage = 1000

    /// The versions that the checks are made for.
    static let supported = MLflowVersion(2, 9)..<MLflowVersion(4, 0)

    /// Newest last.
    static let known = [
        MLflowLimits(since: MLflowVersion(2, 9), parameterValue: 6000, runTag: 5000),
        MLflowLimits(since: MLflowVersion(2, 22), parameterValue: 6000, runTag: 8000),
    ]

    /// Those of a version; for an unknown one those of the newest.
    static func of(_ version: MLflowVersion?) -> MLflowLimits {
        let newest = known[known.count - 1]
        guard let version else { return newest }
        return known.last { $0.since <= version } ?? known[0]
    }
}

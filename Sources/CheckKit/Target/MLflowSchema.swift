/// What MLflow's database must hold (contract §8.4).
package enum MLflowSchema {
    /// The tables every MLflow since 2.9 has.
    package static let coreTables = [
        "experiments", "experiment_tags", "runs", "tags", "params", "metrics", "latest_metrics", "registered_models",
        "registered_model_tags", "registered_model_aliases", "model_versions", "model_version_tags", "datasets",
        "inputs", "input_tags",
    ]

    /// The same as a list of SQL.
    package static let coreTableList = coreTables.map { "'\($0)'" }.joined(separator: ",")
}

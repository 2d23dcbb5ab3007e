import CheckKit
import Formats
import Foundation
import MLflowClient
import RunModel

/// What the steps of one registration hand on to each other, as facts of the run.
struct RegistrationState: Sendable, Equatable {
    /// Part of every name: the run and some random digits, because MLflow never gives a deleted experiment's name free.
    var token: String
    var experiment: String?
    var run: String?
    var artifactURI: String?
    var model: String?
    var version: String?

    init(token: String) {
        self.token = token
    }

    /// What earlier steps left; nil when none ran.
    init?(facts: [FactName: String]) {
        func fact(_ name: String) -> String? { facts[.registration(name)] }
        guard let token = fact("token") else { return nil }
        self.token = token
        experiment = fact("experiment")
        run = fact("run")
        artifactURI = fact("artifact_uri")
        model = fact("model")
        version = fact("version")
    }

    static func fresh(_ runID: RunID) -> RegistrationState {
        let random = String(UInt32.random(in: 0...0xFFFF), radix: 16)
        return RegistrationState(token: "\(runID.rawValue)-\(random)")
    }

    func leave(in recorder: Recorder) {
        let values = [
            ("token", token), ("experiment", experiment), ("run", run), ("artifact_uri", artifactURI), ("model", model),
            ("version", version),
        ]
        for (name, value) in values {
            if let value { recorder.establish(.registration(name), value) }
        }
    }

    var experimentName: String { "plumbline-\(token)" }
    var modelName: String { "plumbline-model-\(token)" }
    /// Letters, digits and hyphens, upper case, at most 64 (contract §3.5).
    var tokenID: String { "PLUMBLINE-" + token.uppercased() }
    /// Below the artifact root of the run.
    var modelPath: String { "model" }

    /// Where the HTTP artifact endpoint keeps the model's files; nil when the run's artifacts are elsewhere.
    var modelStorePath: String? {
        artifactURI.flatMap { MLflowClient.storePath(of: $0) }.map { "\($0)/\(modelPath)" }
    }
}

/// A model small enough to read and real enough to load: a linear function in MLflow's own format, which the official
/// client loads without any library but its own.
struct RegistrationModel: Sendable {
    static let weights = [0.5, -1.25, 2.0]
    static let bias = 0.75

    /// Paths below the model's directory.
    static func files(run: String, madeAt: Date) -> [(path: String, bytes: [UInt8])] {
        let definition = """
            artifact_path: model
            flavors:
              python_function:
                code: code
                data: data/weights.json
                env:
                  virtualenv: python_env.yaml
                loader_module: plumbline_linear
                python_version: 3.11.0
            run_id: \(run)
            utc_time_created: '\(Timestamp.text(madeAt).prefix(23).replacing("T", with: " "))'

            """
        let loader = """
            import json


            class LinearModel:
                def __init__(self, weights, bias):
                    self.weights = weights
                    self.bias = bias

                def predict(self, rows):
                    values = rows.values.tolist() if hasattr(rows, "values") else rows
                    return [self.bias + sum(w * x for w, x in zip(self.weights, row)) for row in values]


            def _load_pyfunc(path):
                with open(path) as file:
                    content = json.load(file)
                return LinearModel(content["weights"], content["bias"])

            """
        let numbers = weights.map { "\($0)" }.joined(separator: ", ")
        let environment = "python: \"3.11\"\nbuild_dependencies: []\ndependencies: []\n"
        return [
            ("MLmodel", definition), ("code/plumbline_linear.py", loader),
            ("data/weights.json", "{\"weights\": [\(numbers)], \"bias\": \(bias)}\n"), ("python_env.yaml", environment),
        ].map { ($0.0, Array($0.1.utf8)) }
    }
}

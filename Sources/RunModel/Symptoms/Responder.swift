/// Who answered a request, by the signature of the answer (contract §9.2, §11 "differential").
public enum Responder: String, CaseIterable, Sendable, Codable {
    case api
    /// The API's proxy to MLflow, for MLflow.
    case proxy
    case mlflow
    case auth
    /// The load balancer itself.
    case balancer
    case unknown
}

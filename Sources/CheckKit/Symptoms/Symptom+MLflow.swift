import MLflowClient
import RunModel

extension Symptom {
    /// A call to MLflow that was answered otherwise than it should be.
    package static func mlflow(_ error: MLflowError) -> Symptom {
        let words = error.call.split(separator: " ", maxSplits: 1).map(String.init)
        let responder: Responder =
            switch error.kind {
            case .refused, .unreadable: .mlflow
            case .foreign: .proxy
            case .noAnswer: .unknown
            }
        return .answer(
            HTTPAnswer(
                .mlflow, method: words.first ?? "", path: words.count == 2 ? words[1] : "", status: error.status ?? 0,
                by: responder, says: [error.errorCode, error.message].compactMap(\.self).joined(separator: " ")))
    }
}

import Formats
import HTTPClient
import RunModel

extension Responder {
    /// What sentences call it.
    package var title: String {
        switch self {
        case .api: "the API"
        case .proxy: "the API's proxy"
        case .mlflow: "MLflow"
        case .auth: "the auth service"
        case .balancer: "the load balancer itself"
        case .unknown: "somebody unknown"
        }
    }

    /// Read from the answer (contract §9.2, §11).
    package static func recognised(in response: HTTPResponse) -> Responder {
        let type = response.mediaType
        let text = response.text
        if response.status == 404, !type.contains("json"), text.trimmed == "Not Found" { return .balancer }
        if let server = response.headers["server"], server.hasPrefix("awselb"), type.contains("html") {
            return .balancer
        }
        // With or without its version.
        if text.contains("<center>nginx") { return .balancer }
        if let json = try? response.json(JSONValue.self) {
            if json["service"]?.string?.contains("auth") == true { return .auth }
            if json["error_code"] != nil || json["experiments"] != nil { return .mlflow }
            if json["detail"] != nil || json["services"] != nil { return .api }
        }
        // `OK`, `{"status":"ok"}` and a page of HTML are what many servers say.
        let isMLflows =
            text.lowercased().contains("mlflow") || text.contains("The requested URL was not found on the server")
        if type.contains("html"), isMLflows { return .mlflow }
        return .unknown
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}

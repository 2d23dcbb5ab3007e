/// The CORS layer, innermost of the middleware, so that refusals carry no CORS headers (contract §2.1).
enum CrossOrigin {
    /// The answer to a preflight request; nil for anything else.
    static func preflight(_ request: ServiceRequest) -> ServiceResponse? {
        guard request.method == "OPTIONS", let origin = request.headers["origin"],
            request.headers["access-control-request-method"] != nil
        else { return nil }
        var answer = ServiceResponse.text(200, "OK")
        var headers: ServiceHeaders = [
            "vary": "Origin", "access-control-allow-methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
            "access-control-max-age": "600", "access-control-allow-credentials": "true",
            "access-control-allow-origin": origin,
        ]
        if let wanted = request.headers["access-control-request-headers"] {
            headers["access-control-allow-headers"] = wanted
        }
        headers["content-type"] = answer.headers["content-type"]
        answer.headers = headers
        return answer
    }

    static func decorate(_ answer: inout ServiceResponse, for request: ServiceRequest) {
        guard let origin = request.headers["origin"] else { return }
        let sendsCookie = request.headers["cookie"] != nil
        answer.headers["access-control-allow-origin"] = sendsCookie ? origin : "*"
        answer.headers["access-control-allow-credentials"] = "true"
        if sendsCookie { answer.headers.append("vary", "Origin") }
    }
}

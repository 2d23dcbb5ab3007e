/// One answer of a service of the sandbox. JSON stays a value until it is sent, so that a defect can edit it.
struct ServiceResponse: Sendable, Equatable {
    enum Body: Sendable, Equatable {
        case bytes([UInt8])
        case json(JSONValue, spaced: Bool)
    }

    var status: Int
    var headers: ServiceHeaders
    var body: Body

    init(status: Int, headers: ServiceHeaders = .init(), body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A JSON answer; `spaced` writes `", "` and `": "` as Python's own encoder does.
    static func json(
        _ status: Int = 200, _ value: JSONValue, headers: ServiceHeaders = .init(), spaced: Bool = false
    ) -> ServiceResponse {
        var headers = headers
        headers["content-type"] = "application/json"
        return ServiceResponse(status: status, headers: headers, body: .json(value, spaced: spaced))
    }

    /// `{"detail": …}`, the framework's shape of every error (contract §2.9).
    static func detail(_ status: Int, _ text: String, headers: ServiceHeaders = .init()) -> ServiceResponse {
        .json(status, ["detail": .string(text)], headers: headers)
    }

    static func text(_ status: Int, _ text: String, type: String = "text/plain; charset=utf-8") -> ServiceResponse {
        ServiceResponse(status: status, headers: ["content-type": type], body: .bytes(Array(text.utf8)))
    }

    /// What an unhandled error becomes.
    static let internalError = ServiceResponse.detail(500, "Internal server error")

    static let notFound = ServiceResponse.detail(404, "Not Found")

    var bytes: [UInt8] {
        switch body {
        case .bytes(let bytes): bytes
        case .json(let value, let spaced): Array(value.text(spaced: spaced).utf8)
        }
    }

    /// The JSON value of the body, if it has one.
    var json: JSONValue? {
        get {
            if case .json(let value, _) = body { return value }
            return nil
        }
        set {
            guard let newValue, case .json(_, let spaced) = body else { return }
            body = .json(newValue, spaced: spaced)
        }
    }
}

import HTTPClient

/// Everything that one load run is made of.
public struct LoadPlan: Sendable {
    /// What is sent, mixed by weight.
    public var requests: [LoadRequest]
    /// When it is sent.
    public var executor: Executor
    /// What must hold in the end.
    public var thresholds: [Threshold]
    public var limits: LoadLimits
    /// TLS, HTTP version, proxy, addresses.
    public var client: HTTPClientConfiguration
    /// False opens a connection for every request.
    public var reusesConnections: Bool
    /// True resumes the TLS session of an earlier connection to the same server where the server allows it; false makes
    /// every handshake a full one, as that of a client which was never there before.
    public var resumesSessions: Bool
    public var judgementLimits: JudgementLimits

    public init(
        requests: [LoadRequest], executor: Executor, thresholds: [Threshold] = [], limits: LoadLimits = LoadLimits(),
        client: HTTPClientConfiguration = HTTPClientConfiguration(), reusesConnections: Bool = true,
        resumesSessions: Bool = false, judgementLimits: JudgementLimits = JudgementLimits()
    ) {
        self.requests = requests
        self.executor = executor
        self.thresholds = thresholds
        self.limits = limits
        self.client = client
        self.reusesConnections = reusesConnections
        self.resumesSessions = resumesSessions
        self.judgementLimits = judgementLimits
    }
}

/// The bounds of a run: it never goes beyond them, whatever its executor says.
public struct LoadLimits: Hashable, Sendable {
    /// For one request, from the moment it is sent.
    public var deadline: Duration
    /// Event loops, one thread each.
    public var threads: Int
    /// Requests in flight at one time, over all threads. Beyond it, arrivals wait and are counted as late.
    public var maximumInFlight: Int
    /// Nothing new is started after so many requests.
    public var maximumRequests: Int
    /// Nothing new is started after so long.
    public var maximumDuration: Duration
    /// An answer larger than this is an error.
    public var maximumBodyBytes: Int

    public init(
        deadline: Duration = .seconds(10), threads: Int = 1, maximumInFlight: Int = 1000,
        maximumRequests: Int = 100_000_000, maximumDuration: Duration = .seconds(3600),
        maximumBodyBytes: Int = 64 << 20
    ) {
        self.deadline = deadline
        self.threads = threads
        self.maximumInFlight = maximumInFlight
        self.maximumRequests = maximumRequests
        self.maximumDuration = maximumDuration
        self.maximumBodyBytes = maximumBodyBytes
    }

    /// One event loop's share of `maximumInFlight`.
    func maximumInFlight(ofLoop index: Int) -> Int { (maximumInFlight + threads - 1 - index) / threads }
}

/// One kind of request of a run.
public struct LoadRequest: Hashable, Sendable {
    /// What figures and thresholds call it; the path by default.
    public var name: String
    public var method: String
    /// In URL, header values and body `{n}` stands for the number of the request: 0, 1, 2, …
    public var url: String
    public var headers: [HTTPHeader]
    public var body: [UInt8]?
    /// How often it is sent compared with the others, 1 or more.
    public var weight: Int
    public var expectation: ResponseExpectation
    /// What reports call the target where the URL changes from run to run; nil shows the URL.
    public var shownAs: String?

    public init(
        name: String? = nil, method: String = "GET", url: String, headers: [HTTPHeader] = [], body: [UInt8]? = nil,
        weight: Int = 1, expectation: ResponseExpectation = ResponseExpectation(), shownAs: String? = nil
    ) {
        self.name = name ?? LoadRequest.path(of: url)
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.weight = weight
        self.expectation = expectation
        self.shownAs = shownAs
    }

    /// The path without query: what people call an endpoint.
    static func path(of url: String) -> String {
        guard let scheme = url.range(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        guard let slash = rest.firstIndex(of: "/") else { return "/" }
        return String(rest[slash...].prefix { $0 != "?" && $0 != "#" })
    }
}

import TestSupport
import Testing

/// A system that is not the one under test, by what it answers over each protocol.
struct WrongSystem: Sendable, CustomTestStringConvertible {
    let name: String
    /// What it answers over HTTP, whatever is asked.
    var http: @Sendable (LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply = Self.silent
    /// Columns and rows of NULL that its PostgreSQL answers.
    var database = (columns: 3, rows: 1)
    /// What its Redis answers to INFO.
    var redis = ""
    /// What its AWS answers.
    var aws: @Sendable (LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply = WrongAWS.empty
    /// Which checks it is put to: those that need one of these; nil for all.
    var needs: Set<Need>?

    enum Need: Hashable { case database, redis, aws }

    var testDescription: String { name }

    private static let silent: @Sendable (LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply = { _ in .silence }

    private static func says(
        _ name: String, _ reply: @escaping @Sendable (LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply
    ) -> WrongSystem {
        WrongSystem(name: name, http: reply)
    }

    /// Over HTTP, with wrong data stores behind them.
    static let overHTTP: [WrongSystem] = [
        says("200 and nothing") { _ in .response(200) },
        says("404 in JSON") { _ in .json(#"{"detail":"Not Found"}"#, status: 404) },
        says("status ok") { _ in .json(#"{"status":"ok"}"#) },
        says("another service") { _ in
            .json(#"{"name":"shop","version":"9.1","uptime":12,"items":[{"id":1,"passed":true}],"healthy":true}"#)
        },
        says("zeros") { _ in
            .json(
                #"{"status":0,"services":0,"version":0,"ready":0,"alive":0,"uptime":0,"memory_usage_mb":0,"connected":0,"checks":[],"experiments":0,"openapi":0,"paths":0,"service":0,"timestamp":0}"#
            )
        },
        says("HTML") { _ in
            .response(
                200, headers: [("Content-Type", "text/html")],
                body: "<!DOCTYPE html><html><head><title>Welcome</title></head><body>It works!</body></html>")
        },
        says("refuses as a stranger") { _ in .json(#"{"error":"unauthorized"}"#, status: 401) },
        says("breaks") { _ in .json(#"{"detail":"Internal server error"}"#, status: 500) },
    ]

    /// PostgreSQL's protocol with NULL in as many columns as checks read, and with no row at all.
    static let databases: [WrongSystem] =
        (1...5).map { columns in
            WrongSystem(name: "NULL in \(columns) columns", database: (columns, 1), needs: [.database])
        } + [WrongSystem(name: "no rows", database: (3, 0), needs: [.database])]

    /// What other servers say of themselves, and what Redis never says.
    static let caches: [WrongSystem] = [
        ("no INFO", ""), ("memcached", "pid 1\nuptime 12\nversion 1.6.18\ncurr_connections 2\nevictions 0"),
        (
            "zeros of Redis",
            "redis_version:0\r\nused_memory:0\r\nmaxmemory:0\r\nevicted_keys:0\r\nrole:0\r\nrdb_last_bgsave_status:0\r\nconnected_slaves:0"
        ),
        (
            "a sentinel",
            "redis_version:7.0.15\r\nredis_mode:sentinel\r\nused_memory:100\r\nmaxmemory:0\r\nevicted_keys:0\r\nrole:master\r\nrdb_last_bgsave_status:ok"
        ),
    ].map { WrongSystem(name: $0.0, redis: $0.1, needs: [.redis]) }

    static let clouds = [
        WrongSystem(name: "AWS without anything", needs: [.aws]),
        WrongSystem(name: "another account", aws: WrongAWS.anotherAccount, needs: [.aws]),
    ]
}

/// AWS as it answers where nothing is, and where somebody else's things are.
enum WrongAWS {
    /// Empty lists in the form that each protocol has.
    static let empty: @Sendable (LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply = { request in
        answer(to: request, json: "{}", result: "")
    }

    /// Another account with a cluster, a database, a load balancer and a bucket of its own.
    static let anotherAccount: @Sendable (LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply = { request in
        let json = """
            {"clusters":[{"clusterName":"shop","clusterArn":"arn:aws:ecs:us-east-1:999999999999:cluster/shop","status":"ACTIVE",
            "settings":[{"name":"containerInsights","value":"enabled"}]}],
            "services":[{"serviceName":"shop","serviceArn":"arn:aws:ecs:us-east-1:999999999999:service/shop/shop","status":"ACTIVE",
            "desiredCount":1,"runningCount":1,"pendingCount":0}],
            "Namespaces":[{"Id":"ns-1","Name":"shop.local"}],"SecretList":[{"Name":"shop/secret"}],
            "events":[{"message":"all is well","timestamp":1,"eventId":"1"}]}
            """
        let result = """
            <Arn>arn:aws:iam::999999999999:user/somebody</Arn><UserId>AIDAFAKE</UserId><Account>999999999999</Account>
            <LoadBalancers><member><LoadBalancerName>shop</LoadBalancerName>
            <LoadBalancerArn>arn:aws:elasticloadbalancing:us-east-1:999999999999:loadbalancer/app/shop/1</LoadBalancerArn>
            <State><Code>active</Code></State></member></LoadBalancers>
            <DBInstances><DBInstance><DBInstanceIdentifier>shop</DBInstanceIdentifier>
            <DBInstanceStatus>available</DBInstanceStatus></DBInstance></DBInstances>
            """
        return answer(to: request, json: json, result: result)
    }

    private static func answer(
        to request: LoopbackHTTPServer.Request, json: String, result: String
    ) -> LoopbackHTTPServer.Reply {
        if request.header("X-Amz-Target") != nil {
            return .response(200, headers: [("Content-Type", "application/x-amz-json-1.1")], body: json)
        }
        let form = String(decoding: request.body, as: UTF8.self)
        guard let start = form.range(of: "Action=")?.upperBound else {
            // S3 and the other interfaces of resources.
            return .response(
                200, headers: [("Content-Type", "application/xml")], body: "<?xml version=\"1.0\"?><Result></Result>")
        }
        let action = form[start...].prefix { $0 != "&" }
        return .response(
            200, headers: [("Content-Type", "text/xml")],
            body:
                "<\(action)Response><\(action)Result>\(result)</\(action)Result><requestId>1</requestId></\(action)Response>"
        )
    }
}

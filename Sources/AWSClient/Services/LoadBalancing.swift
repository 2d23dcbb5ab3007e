/// Elastic Load Balancing, version 2.
public enum LoadBalancing {
    public struct LoadBalancer: Codable, Hashable, Sendable {
        public struct State: Codable, Hashable, Sendable {
            public var code: String
            public var reason: String?
        }
        public struct Zone: Codable, Hashable, Sendable {
            public var zoneName: String?
            public var subnetId: String?
        }
        public var loadBalancerArn: String
        public var loadBalancerName: String
        public var dnsName: String?
        /// `internet-facing` or `internal`.
        public var scheme: String?
        public var type: String?
        public var vpcId: String?
        public var state: State?
        public var availabilityZones: [Zone]
        public var securityGroups: [String]
    }

    public struct Attribute: Codable, Hashable, Sendable {
        public var key: String
        public var value: String?
    }

    public struct Action: Codable, Hashable, Sendable {
        public struct Redirect: Codable, Hashable, Sendable {
            public var `protocol`: String?
            public var host: String?
            public var port: String?
            public var path: String?
            public var statusCode: String?
        }
        public struct FixedResponse: Codable, Hashable, Sendable {
            public var statusCode: String?
            public var messageBody: String?
        }
        public struct Forward: Codable, Hashable, Sendable {
            public struct Target: Codable, Hashable, Sendable {
                public var targetGroupArn: String?
                public var weight: Int?
            }
            public var targetGroups: [Target]
        }
        /// `forward`, `redirect`, `fixed-response`, …
        public var type: String
        public var targetGroupArn: String?
        public var redirectConfig: Redirect?
        public var fixedResponseConfig: FixedResponse?
        public var forwardConfig: Forward?
    }

    public struct Listener: Codable, Hashable, Sendable {
        public struct Certificate: Codable, Hashable, Sendable { public var certificateArn: String? }
        public var listenerArn: String
        public var loadBalancerArn: String?
        public var port: Int?
        public var `protocol`: String?
        public var sslPolicy: String?
        public var certificates: [Certificate]
        public var defaultActions: [Action]
    }

    public struct Rule: Codable, Hashable, Sendable {
        public struct Condition: Codable, Hashable, Sendable {
            public struct Values: Codable, Hashable, Sendable { public var values: [String] }
            public struct Header: Codable, Hashable, Sendable {
                public var httpHeaderName: String?
                public var values: [String]
            }
            public struct QueryString: Codable, Hashable, Sendable {
                public struct Pair: Codable, Hashable, Sendable {
                    public var key: String?
                    public var value: String?
                }
                public var values: [Pair]
            }
            /// `host-header`, `path-pattern`, `http-header`, `http-request-method`, `query-string` or `source-ip`.
            public var field: String
            public var values: [String]
            public var hostHeaderConfig: Values?
            public var pathPatternConfig: Values?
            public var httpHeaderConfig: Header?
            public var httpRequestMethodConfig: Values?
            public var queryStringConfig: QueryString?
            public var sourceIpConfig: Values?
        }
        public var ruleArn: String
        /// A number, or `default`.
        public var priority: String
        public var isDefault: Bool?
        public var conditions: [Condition]
        public var actions: [Action]
    }

    public struct TargetGroup: Codable, Hashable, Sendable {
        public struct Matcher: Codable, Hashable, Sendable { public var httpCode: String? }
        public var targetGroupArn: String
        public var targetGroupName: String
        public var port: Int?
        public var `protocol`: String?
        public var targetType: String?
        public var vpcId: String?
        public var healthCheckEnabled: Bool?
        public var healthCheckPath: String?
        public var healthCheckPort: String?
        public var healthCheckIntervalSeconds: Int?
        public var healthCheckTimeoutSeconds: Int?
        public var healthyThresholdCount: Int?
        public var unhealthyThresholdCount: Int?
        public var matcher: Matcher?
        public var loadBalancerArns: [String]
    }

    public struct TargetHealth: Codable, Hashable, Sendable {
        public struct Target: Codable, Hashable, Sendable {
            public var id: String
            public var port: Int?
        }
        public struct Health: Codable, Hashable, Sendable {
            /// `healthy`, `unhealthy`, `initial`, `draining`, `unused`, `unavailable`.
            public var state: String
            public var reason: String?
            public var description: String?

            public init(state: String, reason: String? = nil, description: String? = nil) {
                self.state = state
                self.reason = reason
                self.description = description
            }
        }
        public var target: Target
        public var targetHealth: Health
    }

    public struct LoadBalancers: Codable, Sendable { public var loadBalancers: [LoadBalancer] }
    public struct Attributes: Codable, Sendable { public var attributes: [Attribute] }
    public struct Listeners: Codable, Sendable { public var listeners: [Listener] }
    public struct ListenerCertificates: Codable, Sendable { public var certificates: [Listener.Certificate] }
    public struct Rules: Codable, Sendable { public var rules: [Rule] }
    public struct TargetGroups: Codable, Sendable { public var targetGroups: [TargetGroup] }
    public struct TargetHealths: Codable, Sendable { public var targetHealthDescriptions: [TargetHealth] }

    public static func describeLoadBalancers() -> AWSOperation<LoadBalancers> {
        .init(.loadBalancing, "DescribeLoadBalancers", pages: .nextMarker)
    }

    public static func describeLoadBalancerAttributes(_ arn: String) -> AWSOperation<Attributes> {
        .init(.loadBalancing, "DescribeLoadBalancerAttributes", ["LoadBalancerArn": .string(arn)])
    }

    public static func describeListeners(loadBalancer arn: String) -> AWSOperation<Listeners> {
        .init(.loadBalancing, "DescribeListeners", ["LoadBalancerArn": .string(arn)], pages: .nextMarker)
    }

    public static func describeRules(listener arn: String) -> AWSOperation<Rules> {
        .init(.loadBalancing, "DescribeRules", ["ListenerArn": .string(arn)], pages: .nextMarker)
    }

    public static func describeTargetGroups() -> AWSOperation<TargetGroups> {
        .init(.loadBalancing, "DescribeTargetGroups", pages: .nextMarker)
    }

    /// The default certificate of a listener and those it chooses by name.
    public static func describeListenerCertificates(_ arn: String) -> AWSOperation<ListenerCertificates> {
        .init(.loadBalancing, "DescribeListenerCertificates", ["ListenerArn": .string(arn)], pages: .nextMarker)
    }

    public static func describeTargetGroupAttributes(_ arn: String) -> AWSOperation<Attributes> {
        .init(.loadBalancing, "DescribeTargetGroupAttributes", ["TargetGroupArn": .string(arn)])
    }

    public static func describeTargetHealth(_ arn: String) -> AWSOperation<TargetHealths> {
        .init(.loadBalancing, "DescribeTargetHealth", ["TargetGroupArn": .string(arn)])
    }
}

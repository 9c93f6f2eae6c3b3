/** What simulated people say, in the languages of East Asia. The others: lines-more.ts. */

/** What an answer is about, as far as its words show. */
export type Subject = 'thanks' | 'price' | 'delivery' | 'stock' | 'greeting' | 'question'

export interface Lines {
  /** Conversations that a customer begins; `follow` is said, line by line, after each answer. */
  readonly topics: readonly { readonly open: string; readonly follow: readonly string[] }[]
  /** How to hear what an answer is about; the first that fits counts. */
  readonly heard: Readonly<Record<Subject, RegExp>>
  readonly replies: Readonly<Record<Subject | 'picture' | 'other', readonly string[]>>
  /** Said when nobody answers. */
  readonly nudges: readonly string[]
  /** Said with a picture. */
  readonly withPicture: readonly string[]
  /** Said in groups. */
  readonly chatter: readonly string[]
}

export const zh: Lines = {
  topics: [
    { open: '你好，请问这款还有货吗？', follow: ['有白色的吗？', '那帮我留两件，晚点来拍', '好的，麻烦你了'] },
    { open: '在吗？想问一下多少钱一份', follow: ['买两份可以优惠一点吗？', '行，那我要两份', '地址还是上次那个'] },
    { open: '我昨天下的单，什么时候能发货呀？', follow: ['大概几天能到？', '好的，不急，周末前到就行'] },
    { open: '快递显示已签收，但是我没有收到 😟', follow: ['门口和驿站都看过了', '那麻烦帮我查一下，谢谢'] },
    { open: '请问可以开发票吗？', follow: ['公司抬头，税号我等下发给你', '电子的就可以'] },
    {
      open: '想订一个生日礼盒，周六要',
      follow: ['送给我妈妈的，颜色素一点', '卡片写“生日快乐”就好', '可以，什么时候付款？'],
    },
    { open: '尺码怎么选？身高 165，体重 52 公斤', follow: ['平时穿 M', '那就听你的，拿 M 吧'] },
    { open: '收到了，质量很好 👍', follow: ['下次有新品记得告诉我', '好呀，谢谢'] },
  ],
  heard: {
    thanks: /谢谢|感谢|不客气|再见|拜拜|辛苦|thank/i,
    price: /元|块|价|优惠|折|[¥￥]|\d+\s*rmb/i,
    delivery: /发货|快递|物流|送|到货|寄|运费|今天发|明天/,
    stock: /有货|现货|没货|缺货|库存|有的|卖完|没有了|补货/,
    greeting: /^(你好|您好|在的?|亲|哈喽|hi|hello)/i,
    question: /[?？]|吗|呢|哪|几|什么|多少/,
  },
  replies: {
    thanks: ['不客气 😊', '好的，你忙', '嗯嗯，下次再来'],
    price: ['有点贵，能便宜一点吗？', '好的，价格可以接受', '那我要两份', '满多少包邮？'],
    delivery: ['好的，那我等着', '能送到门口吗？我下午在家', '用顺丰可以吗？'],
    stock: ['太好了，帮我留一件', '那有别的颜色吗？', '好的，那我直接拍了'],
    greeting: ['你好，就是想咨询一下', '在的在的', '你好呀'],
    question: ['两件就好', '白色的', '今天下午都可以', '我再想想，等下告诉你'],
    picture: ['图片收到了，真好看', '这个颜色我喜欢', '比想象中大一点，就要这个吧'],
    other: ['好的', '明白了', '嗯嗯，可以', '行，就这样', '👌'],
  },
  nudges: ['在吗？', '有人吗？', '？？', '方便的时候回我一下'],
  withPicture: ['就是这个，你看一下', '你看看是不是发错了', '想要和图片一样的'],
  chatter: [
    '今天有活动吗？',
    '我的已经到啦，好看 😍',
    '有人一起拼单吗？差一个',
    '群主，明天几点开门？',
    '收到，谢谢',
    '这周有新品吗',
    '早上好呀各位 ☀️',
    '+1',
  ],
}

export const ja: Lines = {
  topics: [
    {
      open: 'こんにちは。この商品はまだ在庫ありますか？',
      follow: ['では一つお願いします', 'はい、よろしくお願いします'],
    },
    { open: 'すみません、送料はいくらですか？', follow: ['東京までです', 'わかりました、注文します'] },
    { open: 'ギフト包装はできますか？', follow: ['誕生日用です🎂', 'リボンは青でお願いします'] },
    { open: '昨日注文しました。いつ届きますか？', follow: ['金曜日までに届くと助かります', '承知しました'] },
  ],
  heard: {
    thanks: /ありがとう|感謝|thank/i,
    price: /円|価格|値段|割引|¥/,
    delivery: /発送|届|送料|配送|到着/,
    stock: /在庫|あります|売り切れ|入荷/,
    greeting: /^(こんにちは|こんばんは|おはよう|はい|hello|hi)/i,
    question: /[?？]|ますか|ですか|でしょうか/,
  },
  replies: {
    thanks: ['こちらこそ、ありがとうございます', 'また利用します 😊'],
    price: ['少し高いですね。二つ買うと割引はありますか？', 'わかりました、それでお願いします'],
    delivery: ['わかりました、待っています', '午前中に届けてもらえますか？'],
    stock: ['よかったです。一つ取り置きしてください', '白もありますか？'],
    greeting: ['こんにちは。少し聞きたいことがあります', 'お世話になっております'],
    question: ['二つお願いします', '白でお願いします', '明日また連絡します'],
    picture: ['写真ありがとうございます。きれいですね', 'この色がいいです'],
    other: ['わかりました', 'はい', '了解です 👍'],
  },
  nudges: ['すみません、いかがでしょうか？', 'お返事お待ちしています'],
  withPicture: ['この写真の商品です', 'これと同じものはありますか？'],
  chatter: ['おはようございます ☀️', '新商品が楽しみです', '届きました!', '了解です'],
}

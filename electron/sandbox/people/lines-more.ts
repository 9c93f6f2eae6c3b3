/** What simulated people say in English, Thai and Arabic. */
import type { Lines } from './lines.ts'

export const en: Lines = {
  topics: [
    { open: 'Hi! Is this still available?', follow: ['Do you have it in white?', 'Great, please keep two for me'] },
    { open: 'Hello, how much is the large one?', follow: ['Any discount for three?', 'OK, I will take three'] },
    { open: 'I ordered on Monday, has it been shipped?', follow: ['When should it arrive?', 'No rush, thanks'] },
    { open: 'Could I return this? The size is wrong', follow: ['It is unopened', 'A size M would be perfect'] },
    { open: 'Do you deliver on Sundays?', follow: ['It is for a birthday 🎂', 'After 2 pm is fine'] },
  ],
  heard: {
    thanks: /thank|cheers|welcome|bye|have a (nice|good|great)/i,
    price: /\$|€|£|price|cost|discount|usd|dollar|baht|yuan|\d+\.\d\d/i,
    delivery: /ship|deliver|arriv|courier|track|tomorrow|send it/i,
    stock: /stock|available|sold out|we have|in white|left/i,
    greeting: /^(hi|hello|hey|good (morning|afternoon|evening)|yes)/i,
    question: /\?|which|what|when|how many|where/i,
  },
  replies: {
    thanks: ['You’re welcome 😊', 'Have a nice day!', 'Thanks again'],
    price: ['Hmm, a bit more than I hoped. Any discount?', 'Fine, I’ll take it', 'Is shipping included?'],
    delivery: ['Perfect, I’ll wait for it', 'Could they leave it at the door?', 'Do you have a tracking number?'],
    stock: ['Great, please keep one for me', 'Any other colours?', 'I’ll order right away'],
    greeting: ['Hi, just a quick question', 'Hello there'],
    question: ['Two, please', 'White, if possible', 'Any time after lunch', 'Let me think about it'],
    picture: ['Got the picture, looks lovely', 'That’s exactly the one', 'Nice! I’ll take that'],
    other: ['OK', 'Got it', 'Sounds good', '👍'],
  },
  nudges: ['Hello? Anyone there?', 'Still waiting 🙂', 'Could you let me know?'],
  withPicture: ['This is the one I mean', 'Looks like I got the wrong one', 'Something like this?'],
  chatter: ['Mine arrived today, love it', 'Any offers this week?', 'Good morning everyone', 'Count me in', 'Thanks!'],
}

export const th: Lines = {
  topics: [
    { open: 'สวัสดีค่ะ สินค้านี้ยังมีอยู่ไหมคะ', follow: ['มีสีขาวไหมคะ', 'งั้นขอสองชิ้นค่ะ', 'ขอบคุณมากค่ะ'] },
    { open: 'ช่อดอกกุหลาบราคาเท่าไหร่ครับ', follow: ['ถ้าสองช่อลดได้ไหมครับ', 'โอเคครับ เอาสองช่อ'] },
    { open: 'สั่งเมื่อวานค่ะ จะส่งวันไหนคะ', follow: ['ส่งถึงบางนากี่วันคะ', 'ได้ค่ะ ไม่รีบ'] },
    { open: 'อยากได้ดอกไม้วันเกิดแม่ วันเสาร์นี้ทันไหมครับ', follow: ['ขอโทนสีชมพูครับ 🌷', 'การ์ดเขียนว่า สุขสันต์วันเกิด ครับ'] },
    { open: 'ได้รับของแล้วค่ะ สวยมาก 😍', follow: ['ไว้จะมาอุดหนุนอีกนะคะ'] },
  ],
  heard: {
    thanks: /ขอบคุณ|ยินดี|thank/i,
    price: /บาท|ราคา|ลด|฿|โปร/,
    delivery: /ส่ง|พรุ่งนี้|จัดส่ง|ถึง|ขนส่ง/,
    stock: /มีค่ะ|มีครับ|หมด|ของมี|พร้อม|สต็อก/,
    greeting: /^(สวัสดี|หวัดดี|ค่ะ|ครับ|hi|hello)/i,
    question: /\?|ไหม|มั้ย|เท่าไหร่|กี่|อะไร|ไหน/,
  },
  replies: {
    thanks: ['ยินดีค่ะ 😊', 'ขอบคุณเช่นกันครับ'],
    price: ['แพงไปนิดนึง ลดได้ไหมคะ', 'โอเคค่ะ ตกลงตามนี้', 'รวมค่าส่งแล้วใช่ไหมครับ'],
    delivery: ['ได้ค่ะ รอนะคะ', 'ฝากไว้ที่นิติได้ไหมครับ', 'ขอเลขพัสดุด้วยนะคะ'],
    stock: ['ดีเลยค่ะ ขอจองหนึ่งชิ้น', 'มีสีอื่นอีกไหมครับ'],
    greeting: ['สวัสดีค่ะ สอบถามหน่อยนะคะ', 'สวัสดีครับ'],
    question: ['สองช่อค่ะ', 'สีขาวครับ', 'ช่วงบ่ายสะดวกค่ะ', 'ขอคิดดูก่อนนะคะ'],
    picture: ['ได้รับรูปแล้ว สวยมากค่ะ', 'ชอบแบบนี้เลยครับ'],
    other: ['โอเคค่ะ', 'ได้ครับ', 'เข้าใจแล้วค่ะ 👍'],
  },
  nudges: ['อยู่ไหมคะ', 'รบกวนตอบด้วยนะครับ', 'ฮัลโหลค่ะ'],
  withPicture: ['อยากได้แบบในรูปค่ะ', 'อันนี้ครับ', 'ช่วยดูให้หน่อยนะคะ'],
  chatter: ['วันนี้มีโปรไหมคะ', 'ของมาถึงแล้ว สวยมาก 😍', 'สวัสดีตอนเช้าค่ะ ☀️', 'รับทราบครับ', 'ขอบคุณค่ะ'],
}

export const ar: Lines = {
  topics: [
    { open: 'مرحبا، هل هذا المنتج متوفر؟', follow: ['هل يوجد باللون الأبيض؟', 'ممتاز، أريد قطعتين'] },
    { open: 'السلام عليكم، كم السعر؟', follow: ['هل يوجد خصم؟', 'حسنا، سأطلب واحدة'] },
    { open: 'متى يصل طلبي من فضلك؟', follow: ['شكرا، سأنتظر'] },
  ],
  heard: {
    thanks: /شكرا|عفوا|thank/i,
    price: /سعر|خصم|ريال|درهم|دولار|\$/,
    delivery: /توصيل|شحن|يصل|غدا/,
    stock: /متوفر|يوجد|نفد/,
    greeting: /^(مرحبا|السلام|أهلا|hi|hello)/i,
    question: /[?؟]|كم|متى|أي/,
  },
  replies: {
    thanks: ['العفو 🌹', 'مع السلامة'],
    price: ['غال قليلا، هل يوجد خصم؟', 'حسنا، موافق'],
    delivery: ['ممتاز، سأنتظر', 'هل يمكن التوصيل مساء؟'],
    stock: ['رائع، أريد واحدة', 'هل توجد ألوان أخرى؟'],
    greeting: ['أهلا، لدي سؤال', 'وعليكم السلام'],
    question: ['اثنان من فضلك', 'اللون الأبيض', 'سأفكر وأخبرك'],
    picture: ['وصلت الصورة، جميلة جدا', 'نعم، هذا هو'],
    other: ['حسنا', 'تمام', '👍'],
  },
  nudges: ['هل من أحد؟', 'أنتظر ردكم من فضلك'],
  withPicture: ['أقصد هذا', 'أريد مثل الصورة'],
  chatter: ['صباح الخير جميعا', 'وصل طلبي، شكرا', 'تمام'],
}
